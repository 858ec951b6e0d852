"""Every single fault: each error of each operation of EKS that a workflow calls, and each code of EKS's issues."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from sandbox.twin.faults import Force, Issue
from sandbox.twin.model import EKS, service_model
from tests.simulation.errors import EVERYWHERE, declared
from tests.simulation.faults import ByName, Fate, Peace, Strike
from tests.simulation.forks import futures
from tests.simulation.trial import REST, disturbed, in_one_go, prepared, undisturbed
from tests.simulation.workflows import NAME, WORKFLOWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.twin.faults import Rule
    from sandbox.twin.faults.rules import Resource
    from tests.simulation.faults import Strikes
    from tests.simulation.ground import Ground
    from tests.simulation.slipway import Slipway
    from tests.simulation.trial import Mend, Outcome, Quiet
    from tests.simulation.workflows import Workflow

_A_WHILE: Final = 900.0
"""Seconds after which EKS gets over what does not end a thing."""

_DENIED, _TOO_MANY, _BROKEN = 404, 429, 500
"""Statuses of what passes by itself: a denial, which a run must not believe at once; too many requests; and from here
on, trouble of AWS's own."""

_STUMBLED: Final = ("CREATE_FAILED", "IamThrottling")
"""The end of a node group that AWS itself stumbled over: the run makes it anew."""


@dataclass(frozen=True, slots=True)
class Single:
    """One fault in one workflow. ``rule`` is the twin's; ``mend`` is what a person does whom the run has told so."""

    workflow: str
    name: str
    strikes: Callable[[], Strikes] = Peace
    rule: Rule | None = None
    mend: Mend | None = None
    passes: bool = False
    """Whether it passes by itself: then no run may fail for it."""

    @property
    def full_name(self) -> str:
        """By which it is asked for again: ``single/create/eks:CreateCluster_ClientException_400_x1``."""
        return f"single/{self.workflow}/{self.name.replace(' ', '_')}"


def errors(workflow: Workflow, quiet: Quiet) -> Iterator[Single]:
    """Each error of each operation: of the first call of it, and of the first three."""
    called = {call.partition(" ")[2] for call in quiet.calls}
    for operation, known in sorted(declared().items()):
        if operation not in called:
            continue
        for error in (*known, *EVERYWHERE):
            for times in (1, 3):
                strike = Strike(Fate.REFUSED, error)
                name = f"{operation} {error.code} {error.status} x{times}"
                strikes = partial(ByName, {operation: (strike, times)})
                yield Single(
                    workflow.name, name, strikes, passes=error.status in {_DENIED, _TOO_MANY} or error.status >= _BROKEN
                )


def codes(workflow: Workflow) -> Iterator[Single]:
    """Each code of EKS's issues and of its updates' errors, where the workflow can meet it."""
    for resource, enum, statuses, mend in _OUTCOMES.get(workflow.name, ()):
        shape: Any = service_model(EKS).shape_for(enum)
        for code in shape.enum:
            for status, lasts in statuses:
                rule = Force(resource, status, issues=(Issue(code),), lasts=lasts)
                passes = (status, code) == _STUMBLED
                yield Single(workflow.name, f"{resource} {status} {code}", rule=rule, mend=mend, passes=passes)


def suffered(
    ground: Ground, *, kind: str, at_once: int, every: int = 1, only: str = ""
) -> Iterator[tuple[str, Outcome]]:
    """How each single fault ends: of all only each ``every``th, or just the one of this name."""
    for workflow in WORKFLOWS:
        if only and only.split("/")[1] != workflow.name:
            continue
        quiet = undisturbed(ground, workflow, kind)
        singles = [*errors(workflow, quiet), *codes(workflow)][:: 1 if only else every]
        singles = [single for single in singles if only in {"", single.full_name}]
        slipway = prepared(ground, workflow, kind)
        works = [partial(_suffer, slipway, workflow, kind, single, quiet) for single in singles]
        for place, outcome in futures(works, at_once=at_once):
            yield singles[place].full_name, outcome


def _suffer(slipway: Slipway, workflow: Workflow, kind: str, single: Single, quiet: Quiet) -> Outcome:
    if single.rule is not None:
        slipway.faults.add(single.rule)
    outcome = disturbed(slipway, workflow, kind, single.strikes(), quiet, mend=single.mend)
    return in_one_go(outcome) if single.passes else outcome


def _begin_anew(slipway: Slipway) -> None:
    """The remedy for a control plane that could not be made: delete the cluster, then send its spec again."""
    if slipway.record(NAME) is not None:
        slipway.delete(NAME)
        slipway.settle()


def _delete_again(slipway: Slipway) -> None:
    """The remedy for a node group that could not be deleted: delete it by hand, once what held it is gone."""
    eks = slipway.ground.inner("eks")
    try:
        eks.delete_nodegroup(clusterName=NAME, nodegroupName="services")
    except ClientError:
        return
    slipway.pass_time(REST)


def _delete_addons(slipway: Slipway) -> None:
    """The remedy for an add-on that could not be installed: delete it, then send the spec again."""
    eks = slipway.ground.inner("eks")
    for name in eks.list_addons(clusterName=NAME)["addons"]:
        if eks.describe_addon(clusterName=NAME, addonName=name)["addon"]["status"].endswith("FAILED"):
            try:
                eks.delete_addon(clusterName=NAME, addonName=name)
            except ClientError:
                continue


_OUTCOMES: Final[dict[str, tuple[tuple[Resource, str, tuple[tuple[str, float | None], ...], Mend | None], ...]]] = {
    "create": (
        ("cluster", "ClusterIssueCode", (("FAILED", None),), _begin_anew),
        ("nodegroup", "NodegroupIssueCode", (("CREATE_FAILED", None), ("DEGRADED", _A_WHILE)), None),
        ("addon", "AddonIssueCode", (("CREATE_FAILED", None), ("DEGRADED", _A_WHILE)), _delete_addons),
    ),
    "update": (("update", "ErrorCode", (("Failed", None),), None),),
    "upgrade": (
        ("update", "ErrorCode", (("Failed", None),), None),
        ("addon", "AddonIssueCode", (("UPDATE_FAILED", _A_WHILE),), None),
    ),
    "sleep": (("update", "ErrorCode", (("Failed", None),), None),),
    "delete": (
        ("addon", "AddonIssueCode", (("DELETE_FAILED", None),), None),
        ("nodegroup", "NodegroupIssueCode", (("DELETE_FAILED", None),), _delete_again),
    ),
}
"""By workflow: what may come to a bad end, its codes, its statuses with how long they last, and the remedy."""
