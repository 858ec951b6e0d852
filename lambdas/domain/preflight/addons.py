"""Add-ons, against what EKS offers of them for a Kubernetes version."""

import json
from collections.abc import Iterator, Mapping, Sequence

from lambdas.domain.frozen import dataclass
from lambdas.domain.preflight.sent import Sent, value_at
from lambdas.domain.preflight.words import listed
from lambdas.domain.refusal import FieldError, Path
from lambdas.domain.rules.common import wrong
from lambdas.domain.spec import Addon
from lambdas.domain.wording import nearest

_ROOTS = ("#/definitions/", "#/$defs/")
"""How the schemas of add-ons point from their root to the definition that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedAddon:
    """What there is of one add-on for one Kubernetes version.

    Attributes:
        versions: In EKS's order, the newest first.
        default: The one that EKS calls default, if there is one.
    """

    versions: tuple[str, ...]
    default: str | None


def unknown_addon(addon: Addon, path: Path, kubernetes: str, known: Sequence[str]) -> FieldError:
    """Answer the refusal of an add-on that EKS has nothing of; `known` are the names that it has."""
    near = nearest(addon.addonName, list(known))
    hint = f"Did you mean {near}? " if near else ""
    return wrong(
        (*path, "addonName"),
        f"addonName {addon.addonName!r} is no add-on that EKS offers for Kubernetes {kubernetes}.",
        f"{hint}EKS offers {listed(sorted(known))}.",
    )


def version_errors(addon: Addon, path: Path, kubernetes: str, offered: OfferedAddon) -> Iterator[FieldError]:
    """Answer whether the add-on's version is not to be had; without one, whether EKS has no default."""
    choice = f"Choose one of {listed(offered.versions)}"
    if addon.addonVersion is None and offered.default is None:
        yield wrong(
            (*path, "addonVersion"),
            f"addonVersion is missing, and EKS calls no version of {addon.addonName} default for Kubernetes "
            f"{kubernetes}.",
            f"{choice}.",
        )
    if addon.addonVersion is not None and addon.addonVersion not in offered.versions:
        default = f", or leave addonVersion out for {offered.default}" if offered.default else ""
        yield wrong(
            (*path, "addonVersion"),
            f"addonVersion {addon.addonVersion} of {addon.addonName} is not offered for Kubernetes {kubernetes}.",
            f"{choice}{default}.",
        )


def settings_errors(addon: Addon, path: Path, sent: Sent, schema: str) -> Iterator[FieldError]:
    """Answer the outermost names in the add-on's settings that its schema (a JSON text) does not have.

    What lies deeper is EKS's to judge; so are settings in YAML, which nothing at hand can read.
    """
    known = _closed_names(schema)
    settings = _object(addon.configurationValues or "")
    if known is None or settings is None:
        return
    where = (*path, "configurationValues")
    inside = isinstance(value_at(sent, where), Mapping)
    for name in sorted(settings.keys() - known):
        near = nearest(name, sorted(known))
        yield wrong(
            (*where, name) if inside else where,
            f"configurationValues has {name!r}, which {addon.addonName} does not know.",
            f"Did you mean {near}?" if near else f"The names here are {listed(sorted(known))}.",
        )


def _closed_names(schema: str) -> frozenset[str] | None:
    """Answer the names that the outermost object may have; None where others may be there, too."""
    root = _object(schema) or {}
    reference = root.get("$ref")
    for prefix in _ROOTS:
        if isinstance(reference, str) and reference.startswith(prefix):
            definitions = root.get(prefix.strip("#/"))
            root = _member(definitions, reference.removeprefix(prefix))
            break
    properties = root.get("properties")
    if root.get("additionalProperties") is not False or not isinstance(properties, Mapping):
        return None
    return frozenset(properties)


def _member(value: object, name: str) -> Mapping[str, object]:
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _object(text: str) -> Mapping[str, object] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
