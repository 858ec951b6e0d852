"""DescribeAddonVersions and DescribeAddonConfiguration, for each add-on that the user named."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lambdas.aws.errors import found
from lambdas.domain.preflight.addons import OfferedAddon, settings_errors, unknown_addon, version_errors
from lambdas.domain.preflight.sent import addon_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.aws.clients import Aws
    from lambdas.domain.preflight.sent import Sent
    from lambdas.domain.refusal import FieldError
    from lambdas.domain.spec import Addon, ClusterSpec
    from lambdas.steps.preflight.asking import Question


def questions(spec: ClusterSpec, sent: Sent) -> Iterator[Question]:
    """One for each add-on; EKS has the default ones, in a default version, for every Kubernetes version."""
    for addon in spec.addons:
        if len(addon_path(sent, addon.addonName)) > 1:
            yield partial(_errors, addon, sent, spec.version or "")


def _errors(addon: Addon, sent: Sent, kubernetes: str, aws: Aws) -> Iterator[FieldError]:
    path = addon_path(sent, addon.addonName)
    offered = _offered(aws, kubernetes, addon.addonName)
    if offered is None:
        yield unknown_addon(addon, path, kubernetes, _names(aws, kubernetes))
        return
    wrong_version = tuple(version_errors(addon, path, kubernetes, offered))
    yield from wrong_version
    version = addon.addonVersion or offered.default
    if addon.configurationValues and version and not wrong_version:
        yield from settings_errors(addon, path, sent, _schema(aws, addon.addonName, version))


def _offered(aws: Aws, kubernetes: str, name: str) -> OfferedAddon | None:
    """What EKS has of one add-on; of one that it does not know, nothing or ResourceNotFoundException."""
    pages = aws.eks.get_paginator("describe_addon_versions")
    there = found(lambda: list(pages.paginate(addonName=name, kubernetesVersion=kubernetes))) or []
    entries = [entry for page in there for addon in page["addons"] for entry in addon.get("addonVersions", ())]
    if not entries:
        return None
    default = [it for it in entries if any(fit.get("defaultVersion") for fit in it.get("compatibilities", ()))]
    return OfferedAddon(
        versions=tuple(entry["addonVersion"] for entry in entries),
        default=default[0]["addonVersion"] if default else None,
    )


def _names(aws: Aws, kubernetes: str) -> list[str]:
    """The names of all add-ons: a long answer, asked for only when one is misspelt."""
    pages = aws.eks.get_paginator("describe_addon_versions").paginate(kubernetesVersion=kubernetes)
    return [addon["addonName"] for page in pages for addon in page["addons"]]


def _schema(aws: Aws, name: str, version: str) -> str:
    answer = found(lambda: aws.eks.describe_addon_configuration(addonName=name, addonVersion=version))
    return answer.get("configurationSchema", "") if answer else ""
