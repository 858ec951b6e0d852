"""Which roles and keys a spec may name: those that the operator of this Slipway has allowed."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from lambdas.domain.refusal import FieldError
from lambdas.domain.spec import ClusterSpec


def not_allowed(spec: ClusterSpec, roles: Sequence[str], keys: Sequence[str]) -> Iterator[FieldError]:
    """The roles and keys of the spec that match none of the ARN patterns."""
    for pointer, arn in _roles(spec):
        if not _matches(arn, roles):
            yield _refusal(pointer, arn, "slipway:passableRoles", roles)
    for number, config in enumerate(spec.encryptionConfig):
        if not _matches(config.provider.keyArn, keys):
            pointer = f"/encryptionConfig/{number}/provider/keyArn"
            yield _refusal(pointer, config.provider.keyArn, "slipway:usableKeys", keys)


def _roles(spec: ClusterSpec) -> Iterator[tuple[str, str]]:
    if spec.roleArn:
        yield "/roleArn", spec.roleArn
    for number, group in enumerate(spec.nodegroups):
        if group.nodeRole:
            yield f"/nodegroups/{number}/nodeRole", group.nodeRole
    # Completing a spec may have moved add-ons, so their numbers are not the user's any more.
    for addon in spec.addons:
        if addon.serviceAccountRoleArn:
            yield "/addons", addon.serviceAccountRoleArn
        for association in addon.podIdentityAssociations:
            yield "/addons", association.roleArn
    for number, pods in enumerate(spec.podIdentityAssociations):
        yield f"/podIdentityAssociations/{number}/roleArn", pods.roleArn


def _matches(arn: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(arn, pattern) for pattern in patterns)


def _refusal(pointer: str, arn: str, option: str, allowed: Sequence[str]) -> FieldError:
    return FieldError(
        pointer,
        f"This Slipway may not use {arn}.",
        f"Leave it out, use one that matches {', '.join(allowed) or 'nothing yet'}, or have the operator add it to "
        f"{option} in cdk.json.",
    )
