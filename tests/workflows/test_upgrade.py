"""Two versions up in one run: in order, stopped where it has to be, and finished whatever interrupts it.

EXHAUSTIVE=1 tries every call that changes something with every fate; a sample of these takes its place else.
"""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.stepfunctions.models import stepfunctions_backends

from lambdas.domain.admission import admit_object
from lambdas.domain.paths import CLUSTER
from lambdas.domain.refusal import Refused
from lambdas.domain.runs import RunStatus
from lambdas.steps.upgrading import BLOCKED
from sandbox.twin.faults import Advise, Guard
from sandbox.twin.inventory import inventory
from tests.house import ACCOUNT, REGION, house
from tests.invariants import portrait, things
from tests.sampling import EXHAUSTIVE
from tests.wire import Fate
from tests.workflows.attempts import A_WHILE, account_of, changes
from tests.workflows.changing import SIZES
from tests.workflows.clockwork import Clockwork

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec
    from tests.house import House
    from tests.wire import Call

    Json = dict[str, Any]

NAME = "stair"
GROUPS = ("batch", "services", "windmill")
FOLLOWERS = {
    "1.34": {*GROUPS, "kube-proxy", "coredns"},
    "1.35": {*GROUPS, "kube-proxy"},
}
"""Who changes with each rung: of the five add-ons those whose default version is another one there."""

CALLS = {
    "eks:UpdateClusterVersion": 2,
    "eks:UpdateAddon": 3,
    "eks:UpdateNodegroupVersion": 6,
    "eks:StartInsightsRefresh": 1,
}
"""The refresh is for CoreDNS: EKS found its version of 1.33 unfit for 1.35 when the control plane came to 1.34."""

FATES = (Fate.DIES_BEFORE, Fate.DIES_AFTER, Fate.ANSWER_LOST, Fate.ALL_ANSWERS_LOST)
KILLS = [(name, nth, fate) for name, times in CALLS.items() for nth, fate in product(range(1, times + 1), FATES)]
SAMPLE = KILLS if EXHAUSTIVE else KILLS[1::19]
"""With a step that 4 does not divide, another fate each time; the calls left out die one after the other below."""

DEPRECATED = "Deprecated APIs removed in Kubernetes v1.{}"


class Stair:
    """A cluster on 1.33 that is put back to where it was as often as anybody likes."""

    def __init__(self, home: House) -> None:
        self.home, self.clockwork = home, Clockwork(home)
        home.accept(self.spec("1.33"))
        self.clockwork.settle()
        home.clock.advance(A_WHILE)
        home.twin.settle()
        core = home.twin._core
        self._kept = deepcopy((core.clusters[NAME], core.tokens, self.home.table.items))
        self._executions = {machine: list(machine.executions) for machine in self._machines}

    def put_back(self) -> None:
        """Let all that is known of the cluster be as it was on 1.33. Time goes on."""
        core = self.home.twin._core
        core.clusters[NAME], core.tokens, self.home.table.items = deepcopy(self._kept)
        for machine, executions in self._executions.items():
            machine.executions = list(executions)
        self.clockwork.executions.clear()
        self.home.faults.clear()
        self.home.wire.forget()

    @property
    def _machines(self) -> list[Any]:
        return list(stepfunctions_backends[ACCOUNT][REGION].state_machines)

    def spec(self, version: str, **members: object) -> ClusterSpec:
        groups = [{"nodegroupName": name, "scalingConfig": SIZES} for name in GROUPS]
        return admit_object(
            {
                "name": NAME,
                "version": version,
                "upgradePolicy": {"supportType": "EXTENDED"},
                "addons": [{"addonName": "aws-ebs-csi-driver"}],
                "nodegroups": groups,
                **members,
            }
        )

    def put(self, spec: ClusterSpec, *, gives_up: bool = False) -> Run:
        """Send the spec and run what that starts. With ``gives_up`` nobody tries again by himself."""
        _, run = self.home.replace(spec)
        if run.status is RunStatus.RUNNING:
            self.home.execute(run, gives_up=gives_up)
            self.clockwork.end_of_provisioning()
        return self.home.run(run.id)

    def portrait(self) -> list[str]:
        self.home.clock.advance(A_WHILE)
        return portrait(things(account_of(self.home)), NAME)

    def updates(self) -> list[Update]:
        """Every update but those of the first day, the oldest first."""
        cluster = self.home.twin.intervene(inventory)["clusters"][NAME]
        owners = {NAME: cluster, **cluster["nodegroups"], **cluster["addons"]}
        found = [
            Update(str(it["createdAt"]), owner, it["status"], it["params"][0]["value"])
            for owner, said in owners.items()
            for it in said["updates"].values()
        ]
        return sorted(found, key=lambda it: it.at)


@dataclass(frozen=True, slots=True)
class Update:
    """When an update began, of what it is, how it ended, and what it was to."""

    at: str
    owner: str
    status: str
    to: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """How an upgrade goes that nobody disturbs."""

    run: Run
    portrait: list[str]
    updates: list[Update]
    calls: Counter[str]
    plan: list[tuple[str, str]]


@pytest.fixture(scope="module")
def whole() -> Iterator[Stair]:
    with house() as home:
        yield Stair(home)


@pytest.fixture(scope="module")
def quiet(whole: Stair) -> Quiet:
    whole.put_back()
    wanted = whole.spec("1.35")
    plan = [(it.rung, it.resource) for it in whole.home.plan(wanted)]
    run = whole.put(wanted)
    calls = changes(whole.home.wire.changed)
    return Quiet(run, whole.portrait(), whole.updates(), calls, plan)


@pytest.fixture
def stair(whole: Stair, quiet: Quiet) -> Stair:
    assert quiet.run.error is None
    whole.put_back()
    return whole


def assert_finished(stair: Stair, quiet: Quiet) -> None:
    """It is as nobody's disturbance would have left it, every step of it was made once, and nothing is left to do."""
    assert stair.portrait() == quiet.portrait
    done = Counter((it.owner, it.to) for it in stair.updates() if it.status == "Successful")
    assert done == Counter((it.owner, it.to) for it in quiet.updates)
    assert stair.home.plan(stair.spec("1.35")) == ()
    record = stair.home.around.registry.cluster(NAME)
    assert record is not None
    assert record.lease is None


# -- up


def test_extended_support_is_left_when_the_last_rung_is_reached(stair: Stair) -> None:
    """EKS lets nobody out of it before."""
    wanted = stair.spec("1.35", upgradePolicy={"supportType": "STANDARD"})
    plan = [it.differences[0].field for it in stair.home.plan(wanted) if it.resource == CLUSTER and it.differences]
    assert plan == ["version", "version", "upgradePolicy"]
    run = stair.put(wanted)
    assert (run.status, run.error) == (RunStatus.SUCCEEDED, None)
    cluster = stair.home.around.aws.eks.describe_cluster(name=NAME)["cluster"]
    assert (cluster["version"], cluster["upgradePolicy"]) == ("1.35", {"supportType": "STANDARD"})


def test_a_spec_that_eks_has_overtaken_is_told_which_version_to_say(stair: Stair) -> None:
    stair.home.around.aws.eks.update_cluster_version(name=NAME, version="1.34")
    stair.home.clock.advance(A_WHILE)
    stair.home.twin.settle()
    with pytest.raises(Refused) as refused:
        stair.home.replace(stair.spec("1.33", tags={"team": "payments"}))
    (error,) = refused.value.errors
    assert (error.pointer, error.remedy[:43]) == ("/version", "Set version to 1.34, which the cluster has:")


def test_two_rungs_are_climbed_in_order_in_one_run(quiet: Quiet) -> None:
    assert (quiet.run.status, quiet.run.error) == (RunStatus.SUCCEEDED, None)
    assert {it.status for it in quiet.updates} == {"Successful"}
    planes = {it.to: it.at for it in quiet.updates if it.owner == NAME}
    assert list(planes) == ["1.34", "1.35"]
    first = {it.owner for it in quiet.updates if planes["1.34"] < it.at < planes["1.35"]}
    second = {it.owner for it in quiet.updates if it.at > planes["1.35"]}
    assert {"1.34": first, "1.35": second} == FOLLOWERS
    assert quiet.calls == CALLS


def test_node_groups_go_up_side_by_side(quiet: Quiet) -> None:
    begun = {it.at for it in quiet.updates if it.owner in GROUPS}
    assert len(begun) == 2, "all three begin at once on each rung"


def test_the_plan_tells_every_rung_in_order(quiet: Quiet) -> None:
    rungs = [rung for rung, resource in quiet.plan if resource == "cluster"]
    assert rungs == ["1.34", "1.35"]
    for rung, followers in FOLLOWERS.items():
        told = sorted(resource.rpartition("/")[2] for at, resource in quiet.plan if at == rung)
        assert told == sorted([*followers, "cluster"])


def test_a_cluster_without_nodes_takes_its_add_ons_along(stair: Stair) -> None:
    """Nothing of EKS's keeps its control plane from going on alone."""
    bare = {"nodegroups": [], "name": "ladder"}
    stair.home.accept(stair.spec("1.33", **bare))
    stair.clockwork.settle()
    _, run = stair.home.replace(stair.spec("1.35", **bare))
    stair.clockwork.settle()
    assert stair.home.run(run.id).error is None
    found = stair.home.twin.intervene(inventory)["clusters"]["ladder"]
    kept = [it for said in (found, found["addons"]["kube-proxy"]) for it in said["updates"].values()]
    told = [it["params"][0]["value"] for it in sorted(kept, key=lambda it: str(it["createdAt"]))]
    assert told == ["1.34", "v1.34.3-eksbuild.2", "1.35", "v1.35.0-eksbuild.2"]


def test_what_else_changes_comes_before_the_first_rung(stair: Stair) -> None:
    """In the plan as in the run; and what the upgrade has to wait for is seen at the door all the same."""
    groups = [{"nodegroupName": name, "scalingConfig": SIZES, "labels": {"step": "worn"}} for name in GROUPS]
    spec = stair.spec("1.34", logging={"clusterLogging": [{"types": ["audit"]}]}, nodegroups=groups)
    plan = stair.home.plan(spec)
    assert [(it.resource, it.rung) for it in plan[:2]] == [(CLUSTER, ""), (CLUSTER, "1.34")]
    assert stair.put(spec).error is None
    made = [call.name.removeprefix("eks:Update") for call in stair.home.wire.changed if ":Update" in call.name]
    made = [name for name in made if name in {"ClusterConfig", "ClusterVersion", "NodegroupConfig"}]
    assert made == ["ClusterConfig", "ClusterVersion", *["NodegroupConfig"] * len(GROUPS)]


# -- what stops it


def test_what_stops_it_is_told_at_the_door_whatever_else_changes(stair: Stair) -> None:
    advice = Advise(DEPRECATED.format(34), "ERROR", "1.34", "PodSecurityPolicy is in use", cluster=NAME)
    stair.home.faults.add(advice)
    with pytest.raises(Refused) as refused:
        stair.home.replace(stair.spec("1.34", logging={"clusterLogging": [{"types": ["audit"]}]}))
    assert [(it.pointer, advice.name in it.detail) for it in refused.value.errors] == [("/version", True)]
    assert changes(stair.home.wire.changed) == {}


def test_nodes_of_an_image_of_their_own_do_not_keep_the_run_going_for_ever(stair: Stair) -> None:
    """Their version only another version of the launch template moves; the spec need not call the image CUSTOM."""
    boto3.client("ec2", region_name=REGION).create_launch_template(
        LaunchTemplateName="own-image", LaunchTemplateData={"ImageId": "ami-00000001", "InstanceType": "t3.large"}
    )
    group = {"nodegroupName": "own", "scalingConfig": SIZES, "launchTemplate": {"name": "own-image", "version": "1"}}
    image = {"nodegroups": [group], "name": "imaged"}
    stair.home.accept(stair.spec("1.33", **image))
    stair.clockwork.settle()
    _, run = stair.home.replace(stair.spec("1.35", **image))
    stair.clockwork.settle(stop=lambda states: len(states) > 500)
    failed = stair.home.run(run.id).error
    assert failed is not None
    assert "Nodegroups own must be updated" in failed.cause


@pytest.mark.parametrize("minor", [34, 35])
def test_an_error_on_any_rung_stops_it_before_anything_changes(stair: Stair, minor: int) -> None:
    advice = Advise(DEPRECATED.format(minor), "ERROR", f"1.{minor}", "PodSecurityPolicy is in use", cluster=NAME)
    rule = stair.home.faults.add(advice)
    with pytest.raises(Refused) as refused:
        stair.home.replace(stair.spec("1.35"))
    (error,) = refused.value.errors
    assert error.pointer == "/version"
    assert advice.name in error.detail
    assert advice.name in error.remedy
    stair.home.faults.remove(rule)
    _, run = stair.home.replace(stair.spec("1.35"))
    stair.home.faults.add(advice)
    stair.home.execute(run)
    stair.clockwork.end_of_provisioning()
    failed = stair.home.run(run.id).error
    assert failed is not None
    assert (failed.code, advice.name in failed.remedy) == (BLOCKED, True)
    assert stair.updates() == []


def test_an_error_that_is_named_is_passed_by_force(stair: Stair) -> None:
    name = DEPRECATED.format(34)
    stair.home.faults.add(Advise(name, "ERROR", "1.34", "PodSecurityPolicy is in use", cluster=NAME))
    run = stair.put(stair.spec("1.35", ignoredInsights=[name]))
    assert run.error is None
    asked = [call.content for call in stair.home.wire.changed if call.name == "eks:UpdateClusterVersion"]
    assert ["force" in it for it in asked] == [True, False]


def test_pods_that_do_not_leave_stop_it_until_they_may(stair: Stair, quiet: Quiet) -> None:
    rule = stair.home.faults.add(Guard(cluster=NAME, name="services"))
    failed = stair.put(stair.spec("1.35")).error
    assert failed is not None
    assert (failed.code, bool(failed.remedy)) == ("PodEvictionFailure", True)
    assert "nodegroups/services" in failed.cause
    assert {it.to for it in stair.updates() if it.owner == NAME} == {"1.34"}
    stair.home.faults.remove(rule)
    assert stair.put(stair.spec("1.35")).error is None
    assert_finished(stair, quiet)


def test_nothing_goes_down(stair: Stair) -> None:
    run = stair.put(stair.spec("1.34"))
    assert run.error is None
    stair.home.wire.forget()
    with pytest.raises(Refused) as refused:
        stair.home.replace(stair.spec("1.33"))
    assert [it.pointer for it in refused.value.errors] == ["/version"]
    assert changes(stair.home.wire.changed) == {}


# -- what interrupts it


@pytest.mark.parametrize(("name", "nth", "fate"), SAMPLE)
def test_interrupted_at_any_call_it_is_finished_by_sending_again(
    stair: Stair, quiet: Quiet, name: str, nth: int, fate: Fate
) -> None:
    with stair.home.wire.striking(fate, lambda call: (call.name, call.nth) == (name, nth)):
        run = stair.put(stair.spec("1.35"), gives_up=True)
    assert [call.name for call in stair.home.wire.struck[:1]] == [name]
    dies = fate in {Fate.DIES_BEFORE, Fate.DIES_AFTER}
    assert run.status is (RunStatus.FAILED if dies else RunStatus.SUCCEEDED)
    if dies:
        assert stair.put(stair.spec("1.35")).error is None
    assert_finished(stair, quiet)


def test_interrupted_at_one_call_after_the_other_it_goes_on(stair: Stair, quiet: Quiet) -> None:
    """Each call kills whoever makes it, by turns before it arrives and after it has done its work."""
    wire, dead = stair.home.wire, set[str]()

    def first(call: Call) -> bool:
        return call.name in CALLS and call.content not in dead

    for number in range(99):
        with wire.striking((Fate.DIES_BEFORE, Fate.DIES_AFTER)[number % 2], first):
            if stair.put(stair.spec("1.35"), gives_up=True).status is RunStatus.SUCCEEDED:
                break
        dead.update(call.content for call in wire.struck)
    assert len(dead) == sum(CALLS.values())
    assert_finished(stair, quiet)


@pytest.mark.parametrize("first", range(0, 360, 4 if EXHAUSTIVE else 180))
def test_stopped_at_any_transition_it_is_finished_by_sending_again(stair: Stair, quiet: Quiet, first: int) -> None:
    _, run = stair.home.replace(stair.spec("1.35"))
    stopped = stair.home.execute(run, stop=lambda states: len(states) == first + 1)
    stair.clockwork.end_of_provisioning()
    assert stopped.status == "ABORTED"
    assert stair.put(stair.spec("1.35")).error is None
    assert_finished(stair, quiet)
