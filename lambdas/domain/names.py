"""Names that are derived, so that any run finds again what another one made."""

import hashlib
from enum import StrEnum
from typing import Final

from lambdas.domain.frozen import dataclass

PATH: Final = "/slipway/"
"""The IAM path under which Slipway may create roles, and nothing else may."""

ROLE_PREFIX: Final = "slipway-"
"""What the names of those roles begin with: asked about a role that is not there, IAM judges by an ARN without path."""

OWNER_TAG: Final = "slipway/cluster"
RUN_TAG: Final = "slipway/run"
PART_TAG: Final = "slipway/part"
"""Which part of the network a thing is: what we find it again by, as EC2 chooses all ids itself."""

_ROLE_NAME_LENGTH = 64
_EXECUTION_NAME_LENGTH = 80


class RoleKind(StrEnum):
    """The two roles that a cluster needs; EKS wants them to differ."""

    CLUSTER = "cluster"
    NODE = "node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where this Slipway lives: what ARNs are made of."""

    partition: str
    account: str
    region: str


def role_name(cluster: str, kind: RoleKind) -> str:
    """``slipway-<cluster>-<kind>``, within IAM's 64 characters.

    IAM's names do not tell capitals apart, clusters' names do: a digest keeps such names distinct.
    """
    return _shortened(f"{ROLE_PREFIX}{cluster}", f"-{kind}", _ROLE_NAME_LENGTH, digest=cluster != cluster.lower())


def role_arn(home: Home, cluster: str, kind: RoleKind) -> str:
    """The ARN of the role that Slipway makes for this cluster."""
    return f"arn:{home.partition}:iam::{home.account}:role{PATH}{role_name(cluster, kind)}"


def run_id(cluster: str, verb: str, generation: int, attempt: int) -> str:
    """The run's id, which is also its execution's name: the same for every repetition of one start.

    Step Functions keeps execution names for 90 days, which is why generations and attempts never repeat.
    """
    return _shortened(cluster, f"-{verb}-{generation}-{attempt}", _EXECUTION_NAME_LENGTH)


def owner_tags(cluster: str, run: str) -> dict[str, str]:
    """The tags that say whose a resource is and which run made it."""
    return {OWNER_TAG: cluster, RUN_TAG: run}


def _shortened(text: str, suffix: str, length: int, *, digest: bool = False) -> str:
    """``text`` + ``suffix`` where that fits and will do; else a prefix of ``text`` with a digest of it."""
    if not digest and len(text) + len(suffix) <= length:
        return text + suffix
    unique = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{text[: length - len(suffix) - len(unique) - 1]}-{unique}{suffix}"
