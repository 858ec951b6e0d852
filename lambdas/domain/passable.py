"""Which roles and keys a spec may name: those that the operator of this Slipway has allowed."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from lambdas.domain.preflight.roles import uses
from lambdas.domain.preflight.sent import Sent
from lambdas.domain.refusal import FieldError, pointer
from lambdas.domain.spec import ClusterSpec


def not_allowed(spec: ClusterSpec, sent: Sent, roles: Sequence[str], keys: Sequence[str]) -> Iterator[FieldError]:
    """The roles and keys of the spec that match none of the ARN patterns."""
    for use in uses(spec, sent):
        if not _matches(use.arn, roles):
            yield _refusal(pointer(use.path), use.arn, "slipway:passableRoles", roles)
    for number, config in enumerate(spec.encryptionConfig):
        if not _matches(config.provider.keyArn, keys):
            where = pointer(("encryptionConfig", number, "provider", "keyArn"))
            yield _refusal(where, config.provider.keyArn, "slipway:usableKeys", keys)


def _matches(arn: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(arn, pattern) for pattern in patterns)


def _refusal(where: str, arn: str, option: str, allowed: Sequence[str]) -> FieldError:
    return FieldError(
        where,
        f"This Slipway may not use {arn}.",
        f"Leave it out, use one that matches {', '.join(allowed) or 'nothing yet'}, or have the operator add it to "
        f"{option} in cdk.json.",
    )
