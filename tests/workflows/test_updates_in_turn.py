"""Updates of a running cluster that meet each other, fail, or are overtaken by the next spec."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.refusal import Refused
from lambdas.domain.runs import RunStatus
from sandbox.twin.faults import Force, Issue
from tests.house import house
from tests.sampling import EXHAUSTIVE
from tests.wire import Fate
from tests.workflows.attempts import changes
from tests.workflows.changing import AT_REST, SIZES, Berth, updates
from tests.workflows.clockwork import Clockwork

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from tests.house import House
    from tests.wire import Call

CIDRS = {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]}
THREE_KINDS: dict[str, Any] = {
    "logging": {"clusterLogging": [{"types": ["audit"]}]},
    "upgradePolicy": {"supportType": "EXTENDED"},
    "resourcesVpcConfig": CIDRS,
}
GROUP = {"nodegroupName": "boats", "scalingConfig": SIZES}


@pytest.fixture(scope="module")
def clockwork() -> Iterator[Clockwork]:
    with house() as home:
        yield Clockwork(home)


@pytest.fixture
def home(clockwork: Clockwork) -> Iterator[House]:
    yield clockwork.home
    clockwork.home.faults.clear()


def assert_is(berth: Berth, spec: ClusterSpec) -> None:
    """The cluster is as the spec says, and nobody has anything left to do."""
    assert berth.home.plan(spec) == ()
    assert berth.clockwork.record(berth.name).lease is None


# -- one at a time


def test_updates_of_different_kinds_never_overlap(home: House, clockwork: Clockwork) -> None:
    berth = Berth(clockwork)
    seen: set[int] = set()
    asked: list[str] = []

    def noted(call: Call) -> bool:
        asked.append(call.name)
        return False

    def watched(function: str, event: dict[str, Any]) -> dict[str, object]:
        answer = home.invoke(function, event)
        seen.add(sum(it["status"] == "InProgress" for it in updates(home, berth.name)))
        return answer

    _, run = home.replace(berth.spec(**THREE_KINDS))
    with home.wire.striking(Fate.DIES_BEFORE, noted):
        clockwork.settle(invoke=watched)
    assert home.run(run.id).status is RunStatus.SUCCEEDED
    assert seen == {0, 1}
    assert [it["status"] for it in updates(home, berth.name)] == ["Successful"] * len(THREE_KINDS)
    assert asked.count("eks:UpdateClusterConfig") == len(THREE_KINDS), "no update was tried and refused"
    assert_is(berth, berth.spec(**THREE_KINDS))


@pytest.mark.parametrize("transition", [1, 6])
def test_somebody_elses_update_is_waited_for(clockwork: Clockwork, transition: int) -> None:
    """One that was begun before the run, and one that begins under its hands."""
    berth = Berth(clockwork)

    def begins(states: list[str]) -> bool:
        if len(states) == transition:
            berth.home.around.aws.eks.update_cluster_config(name=berth.name, zonalShiftConfig={"enabled": True})
        return False

    wanted = berth.spec(logging=THREE_KINDS["logging"], zonalShiftConfig={"enabled": True})
    _, run = berth.home.replace(wanted)
    clockwork.settle(stop=begins)
    assert berth.home.run(run.id).error is None
    assert [(it["type"], it["status"]) for it in updates(berth.home, berth.name)] == [
        ("ZonalShiftConfigUpdate", "Successful"),
        ("LoggingUpdate", "Successful"),
    ]
    assert_is(berth, wanted)


def test_what_cannot_change_is_refused_while_something_else_does(clockwork: Clockwork) -> None:
    """Whether the status tells of the update yet or not; a roll of many nodes takes hours."""
    berth = Berth(clockwork, nodegroups=[GROUP])
    eks, home = berth.home.around.aws.eks, berth.home
    added = {"berthed": "yes"}
    eks.update_nodegroup_config(clusterName=berth.name, nodegroupName="boats", labels={"addOrUpdateLabels": added})
    eks.update_cluster_config(name=berth.name, zonalShiftConfig={"enabled": True})
    immutable: dict[str, dict[str, Any]] = {
        "/nodegroups/0/diskSize": {"nodegroups": [{**GROUP, "diskSize": 99}]},
        "/kubernetesNetworkConfig/serviceIpv4Cidr": {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.30.0.0/16"}},
    }
    seen: set[str] = set()
    for seconds in (0, 5, 10, 15):
        home.clock.advance(seconds)
        home.twin.settle()
        seen |= {berth.cluster["status"], berth.nodegroup()["status"]}
        for pointer, members in immutable.items():
            with pytest.raises(Refused) as refused:
                home.replace(berth.spec(**members))
            assert [it.pointer for it in refused.value.errors] == [pointer]
    assert berth.cluster["status"] == "UPDATING"
    assert seen == {"ACTIVE", "UPDATING"}


FAILING: dict[str, tuple[str, dict[str, Any]]] = {
    "cluster": ("InsufficientFreeAddresses", {"logging": THREE_KINDS["logging"]}),
    "addon": ("ConfigurationConflict", {"addons": [{"addonName": "vpc-cni", "configurationValues": {"env": {}}}]}),
    "nodegroup": ("PodEvictionFailure", {"nodegroups": [{**GROUP, "releaseVersion": "1.35.3-20261109"}]}),
}
"""What is updated: EKS's code for its failure, and the members of the spec that bring it about."""
OLD_RELEASE = {"nodegroups": [{**GROUP, "releaseVersion": "1.35.3-20261023"}]}


@pytest.mark.parametrize(
    ("kind", "again"),
    [(kind, again) for number, kind in enumerate(FAILING) for again in ("PUT", "POST")[number % 2 :: 2]],
)
def test_an_update_that_fails_is_finished_by_sending_again(
    home: House, clockwork: Clockwork, kind: str, again: str
) -> None:
    code, members = FAILING[kind]
    berth = Berth(clockwork, **(OLD_RELEASE if kind == "nodegroup" else {}))
    name = {"addon": "vpc-cni", "nodegroup": "boats"}.get(kind)
    home.faults.add(Force("update", "Failed", (Issue(code, "no such luck"),), cluster=berth.name, name=name))
    wanted = berth.spec(**members)
    failed = berth.run(home.replace(wanted)[1])
    assert failed.error is not None
    assert failed.error.code == code
    assert "no such luck" in failed.error.cause
    assert failed.error.remedy
    _, run = home.accept(wanted) if again == "POST" else home.replace(wanted)
    assert run.id != failed.id
    assert berth.run(run).error is None
    assert_is(berth, wanted)


# -- what comes next


def test_a_spec_that_changes_at_any_state_of_a_run_is_the_one_that_counts(clockwork: Clockwork) -> None:
    berth = Berth(clockwork)
    versions = (berth.spec(tags={"turn": str(number)}, **_logs(number)) for number in count())
    _, run = berth.home.replace(next(versions))
    clockwork.settle()
    states = list(dict.fromkeys(clockwork.executions[run.id].states))
    assert len(states) > 20
    for state in states if EXHAUSTIVE else states[::6]:
        newest = _overtaken(berth, state, versions)
        assert_is(berth, newest)
        assert berth.cluster["tags"]["turn"] == newest.tags["turn"]


def _logs(number: int) -> dict[str, Any]:
    return {"logging": {"clusterLogging": [{"types": ["audit"] if number % 2 else ["api"]}]}}


def _overtaken(berth: Berth, state: str, versions: Iterator[ClusterSpec]) -> ClusterSpec:
    """Send the next spec, and the one after it as the run comes to a state. Answers the latter."""
    first, second = next(versions), next(versions)
    sent: list[Run] = []

    def overtakes(states: list[str]) -> bool:
        if states[-1] == state and not sent:
            sent.append(berth.home.replace(second)[1])
        return False

    _, run = berth.home.replace(first)
    berth.clockwork.settle(stop=overtakes)
    assert sent, state
    assert berth.home.run(run.id).status is RunStatus.SUCCEEDED
    assert berth.home.run(sent[0].id).status is RunStatus.SUCCEEDED
    return second


@pytest.mark.parametrize("every", [0, 3])
def test_ten_specs_end_with_the_last_in_at_most_two_runs(clockwork: Clockwork, every: int) -> None:
    """All of them before the run begins, or one after some of its transitions."""
    berth = Berth(clockwork)
    specs = [berth.spec(tags={"turn": str(number)}, **_logs(number)) for number in range(10)]
    left = iter(specs)
    berth.home.replace(next(left))

    def sends(states: list[str]) -> bool:
        if every and len(states) % every == 0 and (spec := next(left, None)):
            berth.home.replace(spec)
        return False

    for spec in () if every else left:
        berth.home.replace(spec)
    clockwork.settle(stop=sends)
    assert next(left, None) is None
    assert len(berth.runs()) <= 2
    assert {run.status for run in berth.runs()} == {RunStatus.SUCCEEDED}
    assert_is(berth, specs[-1])
    assert berth.cluster["tags"]["turn"] == "9"


# -- made anew


def test_only_who_asks_for_it_has_a_node_group_made_anew(clockwork: Clockwork) -> None:
    berth = Berth(clockwork, nodegroups=[GROUP])
    home, wanted = berth.home, berth.spec(nodegroups=[{**GROUP, "instanceTypes": ["m7i.large"]}])
    made = berth.nodegroup()["createdAt"]
    with pytest.raises(Refused) as refused:
        home.replace(wanted)
    assert [it.pointer for it in refused.value.errors] == ["/nodegroups/0/instanceTypes"]
    assert (berth.nodegroup()["createdAt"], changes(home.wire.changed)) == (made, {})
    _, run = home.replace(wanted, "nodegroups/boats")
    assert berth.run(run).error is None
    assert changes(home.wire.changed) == {"eks:DeleteNodegroup": 1, "eks:CreateNodegroup": 1}
    assert berth.nodegroup()["instanceTypes"] == ["m7i.large"]
    home.clock.advance(AT_REST)  # until CoreDNS has noticed its new node
    assert_is(berth, wanted)
    assert home.replace(wanted)[1].id == run.id
    assert home.replace(wanted, "nodegroups/boats")[1].id == run.id
    assert changes(home.wire.changed) == {"eks:DeleteNodegroup": 1, "eks:CreateNodegroup": 1}
