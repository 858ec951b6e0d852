"""Nights that do not go well, and sizes that somebody moves: it ends as a person can understand, never at zero."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from lambdas.domain.calendar import Calendar, Hours, Window
from lambdas.domain.issues import REMEDIES
from lambdas.domain.power import due, remembered
from lambdas.domain.records import Power
from lambdas.domain.runs import RunStatus, Verb, told_for
from lambdas.handlers import looking
from sandbox.twin.faults import Change, Force, Issue, Scarce
from tests.api.conftest import Client
from tests.house import ROOT, example, house
from tests.workflows.attempts import changes
from tests.workflows.clockwork import Clockwork

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.records import ClusterRecord
    from lambdas.domain.runs import Run
    from tests.house import House

    Json = Any

BANK = "simple-bank"
HOURS = Calendar(timezone="Europe/Berlin", awake=(Window(tuple(range(7)), Hours(8 * 60, 20 * 60)),))
"""By Berlin's clock, which is an hour ahead in winter."""

DUSK = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
DAWN = DUSK + timedelta(hours=12)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LAUNCHES = "AsgInstanceLaunchFailures"
DAY_SIZES = {"minSize": 1, "maxSize": 2, "desiredSize": 1}
FIVE = {"minSize": 5, "maxSize": 5, "desiredSize": 5}


@dataclass
class Bank:
    """A cluster with a calendar, whom people talk to through the API."""

    clockwork: Clockwork
    client: Client

    @property
    def home(self) -> House:
        return self.clockwork.home

    @property
    def record(self) -> ClusterRecord:
        return self.clockwork.record(BANK)

    @property
    def runs(self) -> list[Run]:
        """Newest first."""
        return self.home.around.registry.runs(BANK)[0]

    @property
    def last(self) -> Run:
        return self.runs[0]

    @property
    def nodegroup(self) -> Json:
        return self.home.around.aws.eks.describe_nodegroup(clusterName=BANK, nodegroupName=BANK)["nodegroup"]

    @property
    def sizes(self) -> dict[str, int]:
        return dict(self.nodegroup["scalingConfig"])

    @property
    def nodes(self) -> int:
        (group,) = self.nodegroup["resources"]["autoScalingGroups"]
        described = self.home.around.aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group["name"]])
        return len(described["AutoScalingGroups"][0]["Instances"])

    def shown(self) -> Json:
        return self.client.get(f"/clusters/{BANK}").json

    def condition(self, kind: str) -> Json:
        return next(one for one in self.shown()["status"]["conditions"] if one["type"] == kind)

    def put(self, **sizes: int) -> Json:
        """Send the spec with other sizes."""
        spec = yaml.safe_load((ROOT / "examples" / f"{BANK}.yaml").read_text())
        spec["nodegroups"][0]["scalingConfig"] = sizes
        answer = self.client.put(f"/clusters/{BANK}", spec)
        assert answer.status == 202, answer.body
        return answer.json

    def resize(self, **sizes: int) -> None:
        """As an autoscaler or a person does it, in the auto scaling group."""
        self.home.faults.add(Change("ResizeGroup", {"clusterName": BANK, "nodegroupName": BANK, **sizes}))
        self.home.clock.advance(600)

    def force(self, status: str, *issues: Issue) -> None:
        self.home.faults.add(Force("nodegroup", status, issues, cluster=BANK, name=BANK, now=True))

    def until(self, instant: datetime) -> None:
        self.clockwork.until(instant)

    def assert_settled(self, power: Power, sizes: dict[str, int]) -> None:
        """Everything is as the calendar says, and nobody has anything left to do."""
        record = self.record
        assert (record.power, record.lease, record.resize) == (power, None, {})
        assert due(record, self.home.clock.now()) is None
        assert (self.sizes, self.nodes) == (sizes, sizes["desiredSize"])
        if power is Power.AWAKE:
            assert remembered(record, BANK) is None

    def assert_failed(self, code: str, said: str, remedy: str) -> None:
        """The last run has failed in the ledger and in Step Functions, of which the alarm hears."""
        run = self.last
        assert run.error is not None
        assert (run.verb, run.status, run.error.code) == (Verb.SCALE, RunStatus.FAILED, code)
        assert said in run.error.cause
        helps = told_for(Verb.SCALE, replace(run.error, remedy=remedy)).remedy
        assert helps in run.error.remedy
        execution = self.clockwork.executions[run.id]
        assert (execution.status, execution.error) == ("FAILED", code)
        assert said in execution.cause
        assert helps in execution.cause


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bank]:
    """A cluster that was made in the morning, and then got a calendar."""
    with house() as home:
        monkeypatch.setattr(looking, "surroundings", lambda: home.around)
        monkeypatch.setattr(looking, "_now", home.clock.now)
        home.provision(example(BANK))
        clockwork = Clockwork(home)
        clockwork.end_of_provisioning()
        clockwork.plan(BANK, HOURS)
        clockwork.settle()
        yield Bank(clockwork, Client(home))


def asleep(sizes: dict[str, int]) -> dict[str, int]:
    return {**sizes, "minSize": 0, "desiredSize": 0}


# -- node groups that are DEGRADED


def test_a_group_that_is_degraded_in_the_evening_sleeps(bank: Bank) -> None:
    bank.until(DUSK - 10 * MINUTE)
    bank.force("DEGRADED", Issue(LAUNCHES, "no room", ("i-1",)))
    bank.until(DUSK + HOUR)
    assert (bank.last.status, bank.nodegroup["status"]) == (RunStatus.SUCCEEDED, "DEGRADED")
    bank.assert_settled(Power.ASLEEP, asleep(DAY_SIZES))
    assert bank.condition("Asleep")["status"] == "True"
    risk = bank.condition("WakeAtRisk")
    assert (risk["status"], risk["reason"], risk["message"]) == ("True", LAUNCHES, f"{BANK}: {LAUNCHES}: no room")


def test_a_group_that_is_degraded_in_the_morning_wakes(bank: Bank) -> None:
    """It was refused instances by day, and EKS does not take that back while it has none."""
    bank.home.faults.add(Scarce(1))
    bank.resize(desiredSize=2)
    bank.until(DUSK + HOUR)
    bank.home.faults.clear()
    bank.until(DAWN - MINUTE)
    assert bank.nodegroup["status"] == "DEGRADED"
    bank.assert_settled(Power.ASLEEP, asleep(DAY_SIZES))
    bank.until(DAWN + HOUR)
    assert bank.last.status is RunStatus.SUCCEEDED
    bank.assert_settled(Power.AWAKE, {**DAY_SIZES, "desiredSize": 2})
    assert (bank.nodegroup["status"], bank.condition("WakeAtRisk")["status"]) == ("ACTIVE", "False")


def test_a_group_that_stays_degraded_fails_loudly_until_it_is_well(bank: Bank) -> None:
    bank.until(DUSK + HOUR)
    issue = Issue("Ec2SecurityGroupNotFound", "sg-1 is gone", ("sg-1",))
    bank.force("DEGRADED", issue)
    bank.until(DAWN + HOUR)
    bank.assert_failed(issue.code, "1 of 1 node is in service, but", REMEDIES[issue.code])
    assert (bank.record.power, bank.nodes, bank.sizes) == (Power.PARTIAL, 1, DAY_SIZES)
    assert bank.condition("Ready")["reason"] == issue.code
    bank.clockwork.sweeps = True
    bank.force("ACTIVE")
    bank.until(DAWN + 2 * HOUR)
    bank.assert_settled(Power.AWAKE, DAY_SIZES)


# -- too few nodes


def test_three_of_five_nodes_are_told_of_and_tried_again_until_there_are_five(bank: Bank) -> None:
    bank.until(DUSK + HOUR)
    bank.client.post(f"/clusters/{BANK}/scale", {"nodegroups": [{"nodegroupName": BANK, **FIVE}]})
    bank.home.faults.add(Scarce(3))
    bank.until(DAWN + 30 * MINUTE)
    assert_three_of_five(bank)
    failed = [bank.last.id]
    bank.clockwork.sweeps = True
    for quarter in range(3, 9):
        bank.until(DAWN + quarter * 15 * MINUTE)
        assert_three_of_five(bank)
        failed.append(bank.last.id)
    assert len(set(failed)) > 3
    bank.home.faults.clear()
    bank.until(DAWN + 3 * HOUR)
    assert bank.last.status is RunStatus.SUCCEEDED
    bank.assert_settled(Power.AWAKE, FIVE)
    assert (bank.condition("Asleep")["status"], bank.condition("Ready")["status"]) == ("False", "True")


def assert_three_of_five(bank: Bank) -> None:
    bank.assert_failed(LAUNCHES, "3 of 5", "goes on trying by itself")
    assert (bank.record.power, bank.record.lease, bank.nodes, bank.sizes) == (Power.PARTIAL, None, 3, FIVE)
    ready, awake = bank.condition("Ready"), bank.condition("Asleep")
    assert (ready["status"], ready["reason"], "3 of 5" in ready["message"]) == ("False", LAUNCHES, True)
    assert (awake["status"], "It is to be awake and is on its way, or stuck there." in awake["message"]) == (
        "Unknown",
        True,
    )


# -- sizes that somebody moves


@pytest.mark.parametrize(
    "moved", [{"desiredSize": 2}, {"minSize": 0, "desiredSize": 0}, {"maxSize": 5, "desiredSize": 4}]
)
def test_sizes_that_were_moved_by_day_come_back(bank: Bank, moved: dict[str, int]) -> None:
    bank.resize(**moved)
    bank.until(DUSK + HOUR)
    bank.assert_settled(Power.ASLEEP, asleep({**DAY_SIZES, **moved}))
    bank.until(DAWN + HOUR)
    bank.assert_settled(Power.AWAKE, {**DAY_SIZES, **moved})


def test_sizes_of_a_spec_that_is_sent_at_night_win(bank: Bank) -> None:
    wanted = {"minSize": 0, "maxSize": 4, "desiredSize": 3}
    bank.resize(desiredSize=2)
    bank.until(DUSK + HOUR)
    answer = bank.put(**wanted)
    bank.clockwork.settle()
    assert bank.home.run(answer["run"]["id"]).error is None
    assert (bank.sizes, bank.nodes, bank.record.power) == (asleep(DAY_SIZES), 0, Power.ASLEEP)
    assert bank.shown()["status"]["night"]["nodegroups"] == [{"nodegroupName": BANK, **wanted}]
    bank.until(DAWN + HOUR)
    bank.assert_settled(Power.AWAKE, wanted)
    bank.until(DAWN + DAY + HOUR)
    bank.assert_settled(Power.AWAKE, wanted)


def test_sizes_of_a_spec_that_is_sent_by_day_are_given_and_nothing_else_changes(bank: Bank) -> None:
    wanted = {"minSize": 2, "maxSize": 4, "desiredSize": 3}
    eks, before = bank.home.around.aws.eks, bank.nodegroup
    cluster = eks.describe_cluster(name=BANK)["cluster"]
    bank.home.wire.forget()
    bank.put(**wanted)
    bank.clockwork.settle()
    assert changes(bank.home.wire.changed) == Counter({"eks:UpdateNodegroupConfig": 1})
    bank.assert_settled(Power.AWAKE, wanted)
    assert eks.describe_cluster(name=BANK)["cluster"] == cluster
    volatile = {"scalingConfig": None, "modifiedAt": None}
    assert {**bank.nodegroup, **volatile} == {**before, **volatile}
    assert [(run.verb, run.generation, run.status) for run in bank.runs[:2]] == [
        (Verb.SCALE, 2, RunStatus.SUCCEEDED),
        (Verb.PROVISION, 2, RunStatus.SUCCEEDED),
    ]


@pytest.mark.parametrize(("instant", "power"), [(DUSK, Power.ASLEEP), (DAWN, Power.AWAKE)])
def test_a_spec_that_is_sent_while_a_run_scales_waits_for_its_turn(bank: Bank, instant: datetime, power: Power) -> None:
    wanted = {"minSize": 1, "maxSize": 4, "desiredSize": 3}
    bank.until(instant - MINUTE)
    bank.home.clock.advance_to(instant)
    name = bank.clockwork.fire(BANK)
    queued: list[str] = []

    def sent_meanwhile(function: str, event: dict[str, Json]) -> object:
        answer = bank.home.invoke(function, event)
        if event.get("part") == "sizes" and not queued:
            queued.append(bank.put(**wanted)["run"]["id"])
            assert bank.record.lease == name
        return answer

    bank.clockwork.settle(invoke=sent_meanwhile)
    assert (bank.home.run(name).status, bank.home.run(queued[0]).status) == (RunStatus.SUCCEEDED,) * 2
    assert bank.record.generation == 2
    if power is Power.ASLEEP:
        assert (bank.record.power, bank.nodes) == (power, 0)
    bank.until(DAWN + HOUR)
    bank.assert_settled(Power.AWAKE, wanted)


# -- a cluster that is gone


@pytest.mark.parametrize("at", [DUSK - HOUR, DUSK + HOUR])
def test_a_cluster_that_was_deleted_behind_our_back_says_so_once_a_morning(bank: Bank, at: datetime) -> None:
    bank.until(at)
    bank.home.faults.add(Change("VanishCluster", {"clusterName": BANK}))
    bank.clockwork.sweeps = True
    bank.until(DUSK + HOUR)
    before = len(bank.runs)
    bank.until(DAWN + 6 * HOUR)
    bank.assert_failed("NodegroupGone", f"There is no node group {BANK}", "Send the spec again")
    assert (len(bank.runs) - before, bank.record.power, bank.record.lease) == (1, Power.PARTIAL, None)
    ready = bank.condition("Ready")
    assert (ready["status"], ready["reason"], "deleted it" in ready["message"]) == ("False", "NodegroupGone", True)
    bank.until(DAWN + DAY + 6 * HOUR)
    assert [run.status for run in bank.runs[:3]] == [RunStatus.FAILED, RunStatus.SUCCEEDED, RunStatus.FAILED]
    assert len(bank.runs) - before == 3
    asked = bank.client.post(f"/clusters/{BANK}/scale", {"nodegroups": [{"nodegroupName": BANK, "desiredSize": 2}]})
    assert (asked.status, asked.json["run"]["status"]) == (202, "RUNNING")


@pytest.mark.parametrize(("hours", "power"), [(2, Power.AWAKE), (14, Power.ASLEEP)])
@pytest.mark.parametrize(("at", "desired"), [(DUSK - HOUR, 1), (DUSK + HOUR, 2)])
def test_who_sends_the_spec_again_gets_a_cluster_that_was_deleted_anew(
    bank: Bank, at: datetime, desired: int, hours: int, power: Power
) -> None:
    """With the sizes that were remembered for the morning, if there was a night in between."""
    bank.resize(desiredSize=2)
    bank.until(at)
    bank.home.faults.add(Change("VanishCluster", {"clusterName": BANK}))
    bank.clockwork.sweeps = True
    bank.until(DAWN + hours * HOUR)
    again = bank.client.post("/clusters", json.loads(bank.record.requested))
    assert (again.status, again.json["run"]["status"]) == (202, "RUNNING")
    bank.until(DAWN + (hours + 1) * HOUR)
    assert bank.home.run(again.json["run"]["id"]).error is None
    sizes = {**DAY_SIZES, "desiredSize": desired}
    bank.assert_settled(power, sizes if power is Power.AWAKE else asleep(sizes))
    bank.until(DAWN + DAY + HOUR)
    bank.assert_settled(Power.AWAKE, sizes)
