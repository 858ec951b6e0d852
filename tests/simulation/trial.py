"""One trial: prepare a cluster in peace, ask for one more thing while something goes wrong, and see what has become."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from lambdas.aws.errors import CALL_ERRORS
from lambdas.aws.registry import Conflict
from lambdas.domain.refusal import Refused
from lambdas.domain.runs import RunStatus
from tests.simulation.faults import Peace
from tests.simulation.invariants import RandomTokens, SameTokens, violations
from tests.simulation.portrait import but, everything, of
from tests.simulation.promise import Promise
from tests.simulation.slipway import Slipway
from tests.simulation.workflows import NAME
from tests.wire import Died
from tests.workflows.attempts import ROLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdas.domain.runs import Run
    from tests.simulation.faults import Strikes
    from tests.simulation.ground import Client, Ground
    from tests.simulation.portrait import Things
    from tests.simulation.workflows import Workflow

    Mend = Callable[[Slipway], None]
    """What a person does about a failure, as its remedy says."""

_PATIENCE: Final = 5
"""How often somebody sends a request again that was not answered, or whose run has failed."""

_A_WHILE: Final = 40
"""Seconds until they do."""

REST: Final = timedelta(minutes=20)
"""After it nothing changes any more by itself in the twin: instances are gone, add-ons have noticed."""

SOON: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a trial went: what is not as it must be, how often its request was sent, how long it took on whose clock."""

    violations: tuple[str, ...]
    sent: int
    took: timedelta
    injected: Counter[str]
    virtual: timedelta
    digest: str
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """Whether something came about that was asked for, how often it was asked for, and why it did not."""

    sent: int
    done: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Quiet:
    """How a workflow goes that nothing disturbs: its calls, and what is there afterwards."""

    calls: tuple[str, ...]
    things: Things


def prepared(ground: Ground, workflow: Workflow, kind: str, *, seed: int = 0, mixed: bool = False) -> Slipway:
    """A Slipway whose neighbours have clusters too, with what the workflow begins with; nothing goes on there."""
    slipway = Slipway(ground, seed=seed, mixed=mixed)
    neighbours(slipway)
    for ask in workflow.before:
        ask(slipway, kind)
        slipway.settle()
    slipway.pass_time(REST)
    slipway.history.lines.clear()
    slipway.cloud.numbered.clear()
    slipway.answered.clear()
    return slipway


def disturbed(
    slipway: Slipway, workflow: Workflow, kind: str, strikes: Strikes, quiet: Quiet, *, mend: Mend | None = None
) -> Outcome:
    """Ask for the workflow's thing, with strikes, until it is done or patience ends. After a failure somebody mends."""
    foreign = but(everything(slipway), NAME)
    tokens, same = RandomTokens(), SameTokens()
    tokens.watch(slipway)
    same.watch(slipway)
    slipway.sweeps()
    slipway.cloud.strikes = strikes
    began = slipway.clock.now()
    fulfilment = fulfilled(slipway, lambda: workflow.ask(slipway, kind), within=workflow.within, mend=mend)
    took = slipway.clock.now() - began
    slipway.pass_time(REST)
    slipway.cloud.strikes = Peace()
    found = violations(slipway, everything(slipway), NAME, quiet.things, foreign)
    found += [*tokens.found, *same.found]
    if took > workflow.within:
        found.append(f"took {took}")
    return outcome(slipway, found, fulfilment.sent, took, Counter(slipway.cloud.struck))


def outcome(slipway: Slipway, found: list[str], sent: int, took: timedelta, injected: Counter[str]) -> Outcome:
    """What has become of a trial, with its history."""
    virtual, history = slipway.clock.now() - slipway.start, slipway.history
    return Outcome(tuple(found), sent, took, injected, virtual, history.digest, tuple(history.lines))


def in_one_go(outcome: Outcome) -> Outcome:
    """With a violation more if a run has failed for what passes by itself, and somebody had to ask again."""
    if outcome.sent == 1:
        return outcome
    return replace(
        outcome, violations=(*outcome.violations, f"a run failed for it, and it was asked {outcome.sent} times")
    )


def fulfilled(
    slipway: Slipway, ask: Callable[[], Run | None], *, within: timedelta, mend: Mend | None = None
) -> Fulfilment:
    """Ask until a run of it has succeeded, or patience ends."""
    reason = ""
    for sent in range(1, _PATIENCE + 1):
        asked = insist(slipway, ask)
        slipway.settle(within=within)
        run = slipway.run(asked.id) if asked is not None else None
        slipway.pass_time(SOON)
        if run is None or run.status is RunStatus.SUCCEEDED:
            return Fulfilment(sent, done=True)
        reason = f"{run.id} {run.status} {run.error}"
        if mend is not None:
            mend(slipway)
    return Fulfilment(_PATIENCE, done=False, reason=reason)


def undisturbed(ground: Ground, workflow: Workflow, kind: str, *, seed: int = 0, mixed: bool = False) -> Quiet:
    """The same in peace."""
    slipway = prepared(ground, workflow, kind, seed=seed, mixed=mixed)
    foreign = but(everything(slipway), NAME)
    slipway.sweeps()
    asked = workflow.ask(slipway, kind)
    slipway.settle(within=workflow.within)
    calls = tuple(slipway.cloud.numbered)
    assert asked is None or slipway.run(asked.id).status is RunStatus.SUCCEEDED
    slipway.pass_time(SOON + REST)
    there = everything(slipway)
    things = of(there, NAME)
    found = violations(slipway, there, NAME, things, foreign)
    found += Promise(workflow.said, workflow.spec(kind)).broken(things)
    assert found == [], found
    return Quiet(calls, things)


def insist(slipway: Slipway, ask: Callable[[], Run | None], unheard: list[BaseException] | None = None) -> Run | None:
    """Send a request until it is answered, as a client does: the same again after a while.

    What came instead of an answer is added to ``unheard``.
    """
    for _ in range(4 * _PATIENCE):
        try:
            return ask()
        except (Died, Conflict, Refused, *CALL_ERRORS) as error:
            if unheard is not None:
                unheard.append(error)
            slipway.pass_time(timedelta(seconds=_A_WHILE))
    return ask()


def neighbours(slipway: Slipway) -> None:
    """Others' clusters: one by hand whose name begins like ours, with a node group; and time for them to be there."""
    eks: Client = slipway.ground.aws.eks
    ec2 = slipway.ground.inner("ec2")
    subnets = sorted(it["SubnetId"] for it in ec2.describe_subnets()["Subnets"])[:2]
    cluster = {
        "name": f"{NAME}-2",
        "version": "1.35",
        "roleArn": f"{ROLE}/eks-cluster",
        "resourcesVpcConfig": {"subnetIds": subnets},
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "bootstrapSelfManagedAddons": False,
        "tags": {"team": "ferries"},
    }
    group = {
        "clusterName": f"{NAME}-2",
        "nodegroupName": "services",
        "subnets": subnets,
        "nodeRole": f"{ROLE}/eks-node",
        "scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 1},
    }
    _by_hand(slipway, lambda: eks.create_cluster(**cluster, clientRequestToken="a" * 33))
    _by_hand(
        slipway, lambda: eks.create_addon(clusterName=f"{NAME}-2", addonName="vpc-cni", clientRequestToken="b" * 33)
    )
    _by_hand(slipway, lambda: eks.create_nodegroup(**group, clientRequestToken="c" * 33))


def _by_hand(slipway: Slipway, make: Callable[[], object]) -> None:
    """Make something as a person does: once more a minute later if EKS does not see its role yet."""
    try:
        make()
    except slipway.ground.aws.eks.exceptions.InvalidParameterException:
        slipway.pass_time(timedelta(minutes=1))
        make()
    slipway.pass_time(REST)
