"""Rules about add-ons."""

from collections.abc import Iterator

from lambdas.domain.refusal import FieldError
from lambdas.domain.rules.common import twice, wrong
from lambdas.domain.spec import DEFAULT_ADDONS, ClusterSpec


def each_addon_once(spec: ClusterSpec) -> Iterator[FieldError]:
    """EKS installs an add-on once."""
    yield from twice(("addons",), [addon.addonName for addon in spec.addons], "addonName")


def wanted_or_omitted(spec: ClusterSpec) -> Iterator[FieldError]:
    """An add-on cannot be wanted and not wanted; the default list itself wants nothing."""
    if spec.addons == DEFAULT_ADDONS:
        return
    for place, addon in enumerate(spec.addons):
        if addon.addonName in spec.omitDefaultAddons:
            yield wrong(
                ("addons", place, "addonName"),
                f"addonName {addon.addonName!r} is in addons and in omitDefaultAddons.",
                "Take it out of one of the two.",
            )


def one_way_to_a_role(spec: ClusterSpec) -> Iterator[FieldError]:
    """With both ways the add-on's pods would use one of the roles, and nobody could say which."""
    for place, addon in enumerate(spec.addons):
        if addon.serviceAccountRoleArn is not None and addon.podIdentityAssociations:
            yield wrong(
                ("addons", place, "serviceAccountRoleArn"),
                f"serviceAccountRoleArn and podIdentityAssociations are both given for {addon.addonName}.",
                "Leave serviceAccountRoleArn out: EKS Pod Identity needs no OIDC provider.",
            )


def each_account_once(spec: ClusterSpec) -> Iterator[FieldError]:
    """EKS knows one association for a service account."""
    for place, addon in enumerate(spec.addons):
        accounts = [item.serviceAccount for item in addon.podIdentityAssociations]
        yield from twice(("addons", place, "podIdentityAssociations"), accounts, "serviceAccount")


ADDON_RULES = (each_addon_once, wanted_or_omitted, one_way_to_a_role, each_account_once)
