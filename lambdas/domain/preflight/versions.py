"""Kubernetes versions, against what EKS offers (DescribeClusterVersions)."""

from collections.abc import Iterator, Sequence

from lambdas.domain.frozen import dataclass
from lambdas.domain.preflight.sent import Sent, value_at
from lambdas.domain.preflight.words import listed
from lambdas.domain.refusal import FieldError
from lambdas.domain.rules.common import wrong
from lambdas.domain.spec import ClusterSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedVersion:
    """A Kubernetes version that a cluster can have.

    Attributes:
        version: The minor version: "1.35".
        extended: Whether it is in extended support, no longer in standard support.
    """

    version: str
    extended: bool


def newest(offered: Sequence[OfferedVersion]) -> str:
    """Answer the newest version in standard support. Raises ValueError if there is none, which EKS never let happen."""
    return max(_standard(offered), key=_number)


def version_errors(
    spec: ClusterSpec, sent: Sent, offered: Sequence[OfferedVersion], before: ClusterSpec | None = None
) -> Iterator[FieldError]:
    """Answer what is wrong with the versions of a spec whose version is concrete; `before` is the one it replaces.

    What a cluster has already is not held against it: versions grow old by themselves.
    """
    entry = next((it for it in offered if it.version == spec.version), None)
    kept = before is not None and before.version == spec.version
    if entry is None and not kept:
        yield _not_offered(spec, offered)
    elif entry and entry.extended and spec.upgradePolicy.supportType == "STANDARD" and not _as_before(spec, before):
        yield _only_extended(spec, sent, offered)
    yield from _new_groups_follow(spec, before)


def _as_before(spec: ClusterSpec, before: ClusterSpec | None) -> bool:
    return before is not None and (before.version, before.upgradePolicy) == (spec.version, spec.upgradePolicy)


def _not_offered(spec: ClusterSpec, offered: Sequence[OfferedVersion]) -> FieldError:
    extended = sorted((it.version for it in offered if it.extended), key=_number, reverse=True)
    longer = f", or {listed(extended)} in extended support" if extended else ""
    return wrong(
        ("version",),
        f"version is {spec.version}, which EKS does not offer.",
        f"Choose one of {_standard_listed(offered)}{longer}; or leave version out for {newest(offered)}.",
    )


def _only_extended(spec: ClusterSpec, sent: Sent, offered: Sequence[OfferedVersion]) -> FieldError:
    member = ("upgradePolicy", "supportType")
    return wrong(
        member if value_at(sent, member) else ("version",),
        f"version {spec.version} is in extended support, which upgradePolicy.supportType STANDARD rules out.",
        f"Choose one of {_standard_listed(offered)}, or set upgradePolicy.supportType to EXTENDED, which costs more "
        "for each hour.",
    )


def _new_groups_follow(spec: ClusterSpec, before: ClusterSpec | None) -> Iterator[FieldError]:
    """CreateNodegroup takes the cluster's own version only (botocore's documentation of `version`)."""
    known = {group.nodegroupName for group in before.nodegroups} if before else set()
    for place, group in enumerate(spec.nodegroups):
        if group.version not in (None, spec.version) and group.nodegroupName not in known:
            yield wrong(
                ("nodegroups", place, "version"),
                f"version is {group.version}, but EKS makes new node groups in the cluster's version only, "
                f"{spec.version}.",
                "Leave version out.",
            )


def _standard(offered: Sequence[OfferedVersion]) -> list[str]:
    return [it.version for it in offered if not it.extended]


def _standard_listed(offered: Sequence[OfferedVersion]) -> str:
    return listed(sorted(_standard(offered), key=_number, reverse=True))


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
