"""The KMS key that encrypts a cluster's secrets."""

from collections.abc import Iterator
from typing import Final

from lambdas.domain.frozen import dataclass
from lambdas.domain.preflight.sent import Sent, value_at
from lambdas.domain.refusal import FieldError, Path
from lambdas.domain.rules.common import wrong

_REMEDIES: Final = {
    "Disabled": "Enable it: `aws kms enable-key`.",
    "PendingDeletion": "Cancel its deletion (`aws kms cancel-key-deletion`) and enable it, or name another key.",
}
_PLACE: Final[Path] = ("encryptionConfig", 0, "provider", "keyArn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What KMS says of a key: its state, what it is for and of what kind it is, in KMS's words."""

    state: str
    usage: str
    spec: str


def is_elsewhere(arn: str, region: str) -> bool:
    """Answer whether a key lies in another region than the cluster."""
    return arn.split(":")[3] != region


def elsewhere(arn: str, region: str) -> FieldError:
    """Answer the refusal of a key of another region."""
    return wrong(
        _PLACE,
        f"keyArn is a key of {arn.split(':')[3]}, but the cluster is in {region}.",
        f"Name a key of {region}, or leave encryptionConfig out for Slipway's own.",
    )


def missing_key(arn: str, sent: Sent) -> FieldError:
    """Answer the refusal of a key that is not there."""
    return wrong(
        _path(sent),
        f"There is no KMS key {arn}.",
        "Correct keyArn, or leave encryptionConfig out for Slipway's own key.",
    )


def key_errors(arn: str, key: Key, sent: Sent) -> Iterator[FieldError]:
    """Answer why EKS cannot use a key: it wants one that is enabled, symmetric, and made to encrypt and decrypt.

    https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html
    """
    if key.state != "Enabled":
        remedy = _REMEDIES.get(key.state, "Wait until KMS calls it Enabled, or name another key.")
        yield wrong(_path(sent), f"The KMS key {arn} is {key.state}, so EKS cannot use it.", remedy)
    if (key.usage, key.spec) != ("ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"):
        yield wrong(
            _path(sent),
            f"The KMS key {arn} is for {key.usage} with {key.spec}, but EKS wants a symmetric one that encrypts and "
            "decrypts.",
            "Name a key whose KeyUsage is ENCRYPT_DECRYPT and whose KeySpec is SYMMETRIC_DEFAULT.",
        )


def _path(sent: Sent) -> Path:
    """Where the user named the key; where it is Slipway's own, the member that would name another one."""
    return _PLACE if value_at(sent, _PLACE) else ("encryptionConfig",)
