"""A node group by night and by day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from lambdas.domain import pacing
from lambdas.domain.issues import REMEDIES
from lambdas.domain.progress import Failed, Ready, Waiting
from lambdas.domain.records import Power
from sandbox.twin.faults import Change, Force, Issue, Scarce
from tests.unit.steps.nights import ASLEEP, AWAKE, GROUP, SIZES, Nights, as_json, sizes
from tests.unit.steps.stage import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.calendar import State
    from lambdas.domain.progress import Progress
    from lambdas.domain.records import Sizes
    from tests.unit.steps.stage import Stage

NIGHT = sizes(0, 6, 0)


@pytest.fixture
def bare(active: Stage) -> Iterator[Nights]:
    made = Nights(active)
    yield made
    made.leave()


@pytest.fixture
def nights(bare: Nights) -> Nights:
    """One node group of three nodes, between one and six."""
    return bare.build()


def look(nights: Nights, state: State) -> Progress:
    (report,) = nights.look(state)
    return report.progress


def settle(nights: Nights, state: State) -> Progress:
    (report,) = nights.until_settled(state)
    return report.progress


def overdue(progress: Progress) -> Failed:
    assert isinstance(progress, Waiting)
    assert progress.overdue is not None
    return progress.overdue


# -- one night


def test_a_night_and_a_morning_end_with_the_sizes_of_before(nights: Nights) -> None:
    assert settle(nights, ASLEEP) == Ready()
    assert nights.now() == (NIGHT, 0)
    assert (nights.fact("power"), nights.fact("remembered")) == (Power.ASLEEP, as_json(SIZES))
    nights.next_run()
    assert settle(nights, AWAKE) == Ready()
    assert nights.now() == (SIZES, 3)
    assert (nights.fact("power"), nights.fact("remembered")) == (Power.AWAKE, None)
    assert nights.changes == [(GROUP, as_json(NIGHT)), (GROUP, as_json(SIZES))]


def test_the_sizes_are_written_down_by_a_look_of_their_own_before_anything_is_changed(nights: Nights) -> None:
    progress = look(nights, ASLEEP)
    assert isinstance(progress, Waiting)
    assert (progress.reason, progress.detail) == ("SizesNoted", "it is to wake with 3 nodes, between 1 and 6")
    assert nights.fact("remembered") == as_json(SIZES)
    assert nights.changes == []
    look(nights, ASLEEP)
    assert len(nights.changes) == 1


def test_it_sleeps_only_once_every_instance_is_gone(nights: Nights) -> None:
    look(nights, ASLEEP)
    look(nights, ASLEEP)
    nights.stage.wait(15)
    progress = look(nights, ASLEEP)
    assert isinstance(progress, Waiting)
    assert (progress.reason, progress.detail) == ("InstancesLeaving", "3 of its instances are still there")
    assert nights.fact("status") == "ACTIVE"
    assert overdue(progress).error == "InstancesRemain"
    assert nights.fact("power") == Power.PARTIAL


def test_the_update_is_followed_by_its_id(nights: Nights) -> None:
    look(nights, ASLEEP)
    look(nights, ASLEEP)
    (update,) = nights.fact("updates")
    assert (update["status"], update["run"], update["scalingConfig"]) == (
        "InProgress",
        "bank-scale-1-1",
        as_json(NIGHT),
    )
    nights.stage.tape.calls.clear()
    assert isinstance(look(nights, ASLEEP), Waiting)
    assert "DescribeUpdate" not in {name for name, _ in nights.stage.tape.calls}  # it was asked for in this moment
    nights.stage.tape.calls.clear()
    nights.stage.wait(10)
    nights.stage.tape.report("DescribeUpdate", "update", status="InProgress")
    assert isinstance(look(nights, ASLEEP), Waiting)
    nights.stage.tape.edits.clear()
    ((operation, request),) = [it for it in nights.stage.tape.calls if it[0] != "DescribeAutoScalingGroups"]
    assert (operation, request["updateId"]) == ("DescribeUpdate", update["id"])
    nights.stage.wait(20)
    look(nights, ASLEEP)
    assert [it["status"] for it in nights.fact("updates")] == ["Successful"]


@pytest.mark.parametrize("state", [ASLEEP, AWAKE])
def test_what_has_got_there_is_left_alone(nights: Nights, state: State) -> None:
    settle(nights, ASLEEP)
    settle(nights, state)
    nights.next_run()
    nights.stage.tape.calls.clear()
    assert look(nights, state) == Ready()
    assert nights.stage.tape.changes == []


def test_without_a_night_nothing_is_asked_at_all(nights: Nights) -> None:
    assert look(nights, AWAKE) == Ready()
    assert nights.stage.tape.calls == []
    assert nights.fact("power") == Power.AWAKE


def test_the_calls_of_a_night_are_few(nights: Nights) -> None:
    settle(nights, ASLEEP)
    nights.next_run()
    settle(nights, AWAKE)
    asked = len(nights.stage.tape.calls)
    print(f"one night of one node group: {asked} calls of AWS")  # noqa: T201 -- a figure that people ask for
    assert asked < 60


# -- what is remembered


@pytest.mark.parametrize("desired", [1, 5])
def test_what_an_autoscaler_moved_is_what_comes_back(nights: Nights, desired: int) -> None:
    nights.autoscale(desired)
    nights.stage.wait(600)
    settle(nights, ASLEEP)
    settle(nights, AWAKE)
    assert nights.now() == (sizes(1, 6, desired), desired)


def test_a_group_that_its_owner_keeps_empty_stays_empty(bare: Nights) -> None:
    bare.build(sizes(0, 4, 0))
    assert settle(bare, ASLEEP) == Ready()
    assert bare.fact("remembered") == as_json(sizes(0, 4, 0))
    assert settle(bare, AWAKE) == Ready()
    assert bare.now() == (sizes(0, 4, 0), 0)
    assert bare.changes == []


def test_what_somebody_stopped_in_the_auto_scaling_group_stays_so(nights: Nights) -> None:
    """EKS refuses a greatest size of 0; EC2 Auto Scaling does not."""
    nights.stage.aws.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=nights.group_name(), MinSize=0, MaxSize=0, DesiredCapacity=0
    )
    assert settle(nights, ASLEEP) == Ready()
    assert nights.fact("remembered") == as_json(sizes(0, 1, 0))
    assert settle(nights, AWAKE) == Ready()


def test_the_auto_scaling_group_knows_better_than_eks(nights: Nights) -> None:
    nights.stage.tape.report("DescribeNodegroup", "nodegroup", scalingConfig=as_json(sizes(1, 2, 2)))
    look(nights, ASLEEP)
    assert nights.fact("remembered") == as_json(SIZES)


def test_without_an_auto_scaling_group_eks_knows_the_sizes(nights: Nights) -> None:
    nights.stage.tape.report("DescribeNodegroup", "nodegroup", resources={}, scalingConfig=as_json(sizes(1, 2, 2)))
    look(nights, ASLEEP)
    assert (nights.fact("remembered"), nights.fact("inService")) == (as_json(sizes(1, 2, 2)), 0)
    assert "DescribeAutoScalingGroups" not in {name for name, _ in nights.stage.tape.calls}


@pytest.mark.parametrize("seconds", [0, 1, 20, 45, 70, 200])
def test_half_way_sizes_are_never_remembered(nights: Nights, seconds: int) -> None:
    """Turn after turn in one run, each in the middle of the one before."""
    for state in (ASLEEP, AWAKE, ASLEEP, AWAKE, ASLEEP):
        for _ in range(3):
            look(nights, state)
            nights.stage.wait(seconds)
        assert nights.fact("remembered") in (as_json(SIZES), None)
    assert settle(nights, AWAKE) == Ready()
    assert nights.now() == (SIZES, 3)


def test_a_new_run_goes_on_from_what_another_one_left(nights: Nights) -> None:
    """Sleep was asked for and its answer lost with its function; the next run knows only what was noted before."""
    look(nights, ASLEEP)
    before = dict(nights.facts)
    look(nights, ASLEEP)
    nights.facts = before
    nights.next_run()
    assert settle(nights, ASLEEP) == Ready()
    assert len(nights.changes) == 1
    assert settle(nights, AWAKE) == Ready()
    assert nights.now() == (SIZES, 3)


# -- turning round


def test_a_wake_while_sleep_is_draining_waits_for_the_update_and_goes_up(nights: Nights) -> None:
    look(nights, ASLEEP)
    look(nights, ASLEEP)
    progress = look(nights, AWAKE)
    assert isinstance(progress, Waiting)
    assert progress.reason == "SizesChanging"
    assert len(nights.changes) == 1
    assert settle(nights, AWAKE) == Ready()
    assert nights.now() == (SIZES, 3)
    assert [it["status"] for it in nights.fact("updates")] == ["Successful", "Successful"]


def test_a_sleep_while_waking_keeps_what_was_remembered(nights: Nights) -> None:
    settle(nights, ASLEEP)
    nights.next_run()
    look(nights, AWAKE)
    nights.stage.wait(20)
    look(nights, AWAKE)
    assert settle(nights, ASLEEP) == Ready()
    assert nights.fact("remembered") == as_json(SIZES)


def test_a_sleep_that_failed_does_not_keep_the_morning_away(nights: Nights) -> None:
    look(nights, ASLEEP)
    look(nights, ASLEEP)
    nights.stage.wait(20)
    nights.stage.tape.report("DescribeUpdate", "update", status="Failed", errors=[])
    nights.stage.wait(10)
    assert isinstance(look(nights, AWAKE), Waiting)
    nights.stage.tape.edits.clear()
    assert settle(nights, AWAKE) == Ready()
    assert [it["status"] for it in nights.fact("updates")] == ["Failed", "Successful"]
    assert [name for name, _ in nights.stage.tape.calls].count("DescribeUpdate") < 8


def test_an_update_that_is_over_is_not_asked_for_again(nights: Nights) -> None:
    settle(nights, ASLEEP)
    for run in (1, 2):
        nights.run = run
        nights.stage.tape.calls.clear()
        look(nights, ASLEEP)
        assert "DescribeUpdate" not in {name for name, _ in nights.stage.tape.calls}


def test_a_failure_of_another_run_is_not_asked_for_again(nights: Nights) -> None:
    look(nights, ASLEEP)
    look(nights, ASLEEP)
    nights.stage.tape.report("DescribeUpdate", "update", status="Failed", errors=[])
    nights.stage.wait(10)
    assert isinstance(look(nights, ASLEEP), Failed)
    nights.next_run()
    nights.stage.wait(20)
    nights.stage.tape.calls.clear()
    look(nights, ASLEEP)
    assert "DescribeUpdate" not in {name for name, _ in nights.stage.tape.calls}


def test_a_repeated_request_carries_the_same_token_and_each_night_its_own(nights: Nights) -> None:
    look(nights, ASLEEP)
    nights.stage.tape.refusals["UpdateNodegroupConfig"] = (503, "ServiceUnavailableException", "Away")
    for run in (1, 1, 2):
        nights.run = run
        look(nights, ASLEEP)
    first, again, other = nights.tokens
    assert first == again != other


# -- resizing


@pytest.mark.parametrize("wanted", [sizes(2, 2, 2), sizes(0, 6, 0), sizes(1, 9, 5)])
def test_a_resize_is_reached_and_its_update_told(nights: Nights, wanted: Sizes) -> None:
    nights.resize = {GROUP: wanted}
    assert settle(nights, AWAKE) == Ready()
    assert nights.now() == (wanted, wanted.desiredSize)
    assert [(it["status"], it["scalingConfig"]) for it in nights.fact("updates")] == [("Successful", as_json(wanted))]


def test_a_resize_ends_when_what_is_too_much_is_gone(nights: Nights) -> None:
    nights.resize = {GROUP: sizes(1, 6, 1)}
    look(nights, AWAKE)
    nights.stage.wait(15)
    progress = look(nights, AWAKE)
    assert isinstance(progress, Waiting)
    assert (progress.reason, progress.detail) == ("InstancesLeaving", "2 of its instances are still there")


def test_sizes_that_eks_would_refuse_are_made_possible(nights: Nights) -> None:
    nights.resize = {GROUP: sizes(3, 2, 5)}
    assert settle(nights, AWAKE) == Ready()
    assert nights.now() == (sizes(2, 2, 2), 2)


def test_a_resize_does_not_wait_for_others_to_wake(active: Stage) -> None:
    nights = Nights(active, ("apps", "system"), order={"apps": 2}).build()
    nights.left_out = frozenset({"apps"})
    nights.until_settled(ASLEEP)
    nights.resize = {"apps": sizes(1, 6, 4)}
    apps, _ = nights.look(AWAKE)
    nights.leave()
    assert apps.action is not None


def test_resizes_make_a_history(nights: Nights) -> None:
    for number, desired in enumerate((1, 2, 0)):
        nights.run, nights.resize = number, {GROUP: sizes(0, 3, desired)}
        assert settle(nights, AWAKE) == Ready()
    assert [it["scalingConfig"]["desiredSize"] for it in nights.fact("updates")] == [1, 2, 0]
    listed = nights.stage.aws.eks.list_updates(name=NAME, nodegroupName=GROUP)["updateIds"]
    assert [it["id"] for it in nights.fact("updates")] == listed


def test_sizes_asked_for_at_night_win_in_the_morning(nights: Nights) -> None:
    settle(nights, ASLEEP)
    nights.resize = {GROUP: sizes(2, 8, 4)}
    nights.next_run()
    assert settle(nights, ASLEEP) == Ready()
    assert nights.now() == (NIGHT, 0)
    assert settle(nights, AWAKE) == Ready()
    assert nights.now() == (sizes(2, 8, 4), 4)
    assert nights.fact("remembered") is None


def test_what_an_autoscaler_moves_after_a_resize_is_not_fought(nights: Nights) -> None:
    nights.resize = {GROUP: sizes(1, 6, 4)}
    settle(nights, AWAKE)
    nights.autoscale(2)
    assert settle(nights, AWAKE) == Ready()
    assert len(nights.changes) == 1


def test_a_size_that_an_autoscaler_moved_is_not_put_back_by_the_next_run(nights: Nights) -> None:
    """The morning is not over while the group is degraded, and the sweep tries again and again."""
    settle(nights, ASLEEP)
    nights.fault(DEGRADED)
    settle(nights, AWAKE)
    assert nights.now() == (SIZES, 3)
    asked = len(nights.changes)
    nights.autoscale(6)
    nights.next_run()
    settle(nights, AWAKE)
    assert (len(nights.changes), nights.now()[1]) == (asked, 6)


@pytest.mark.parametrize(("again", "nodes"), [(False, 6), (True, 4)])
def test_a_resize_is_given_once_for_each_time_that_it_is_asked_for(nights: Nights, *, again: bool, nodes: int) -> None:
    nights.resize = {GROUP: sizes(1, 6, 4)}
    settle(nights, AWAKE)
    nights.autoscale(6)
    nights.next_run()
    nights.intent += again
    settle(nights, AWAKE)
    assert nights.now()[1] == nodes


# -- groups


def test_all_groups_go_side_by_side_and_those_left_out_stay(active: Stage) -> None:
    nights = Nights(active, ("a", "b", "c"), left_out=frozenset({"b"})).build()
    nights.until_settled(ASLEEP)
    nights.leave()
    assert [nights.now(name)[1] for name in nights.groups] == [0, 3, 0]
    assert [name for name, _ in nights.changes] == ["a", "c"]
    assert [nights.fact("power", name) for name in nights.groups] == [Power.ASLEEP, Power.AWAKE, Power.ASLEEP]


def test_a_group_that_is_left_out_of_the_night_later_wakes_at_once(nights: Nights) -> None:
    settle(nights, ASLEEP)
    nights.left_out = frozenset({GROUP})
    assert settle(nights, ASLEEP) == Ready()
    assert nights.now() == (SIZES, 3)


def test_groups_of_a_lower_order_wake_first(active: Stage) -> None:
    nights = Nights(active, ("apps", "system"), order={"apps": 2}).build()
    nights.until_settled(ASLEEP)
    nights.stage.tape.calls.clear()
    apps, system = nights.look(AWAKE)
    assert isinstance(apps.progress, Waiting)
    assert (apps.progress.reason, apps.progress.detail) == ("AfterOthers", "after system")
    assert system.action is not None
    assert all(it.progress == Ready() for it in nights.until_settled(AWAKE))
    nights.leave()
    assert [name for name, _ in nights.changes] == ["system", "apps"]


def test_a_group_that_was_given_up_keeps_nobody_asleep(active: Stage) -> None:
    nights = Nights(active, ("apps", "system"), order={"apps": 2}).build()
    nights.until_settled(ASLEEP)
    nights.failed = frozenset({"sizes/system"})
    apps, _ = nights.look(AWAKE)
    nights.leave()
    assert apps.action is not None


# -- trouble


DEGRADED = Force(
    "nodegroup", "DEGRADED", (Issue("AsgInstanceLaunchFailures", "none left"),), cluster=NAME, name=GROUP, now=True
)


def test_a_degraded_group_sleeps_with_a_warning(nights: Nights) -> None:
    nights.fault(DEGRADED)
    progress = look(nights, ASLEEP)
    assert isinstance(progress, Waiting)
    assert "waking is at risk: AsgInstanceLaunchFailures: none left" in progress.detail
    assert nights.fact("wake")["risks"]
    assert settle(nights, ASLEEP) == Ready()


def test_a_degraded_group_that_does_not_recover_fails_the_morning_with_its_issue(nights: Nights) -> None:
    settle(nights, ASLEEP)
    nights.fault(DEGRADED)
    progress = settle(nights, AWAKE)
    failed = overdue(progress)
    assert nights.now() == (SIZES, 3)
    assert (failed.error, failed.remedy) == ("AsgInstanceLaunchFailures", REMEDIES["AsgInstanceLaunchFailures"])
    assert failed.cause.startswith("3 of 3 nodes are in service, but AsgInstanceLaunchFailures: none left")
    assert (nights.fact("power"), nights.fact("remembered")) == (Power.PARTIAL, as_json(SIZES))


def test_three_of_five_nodes_are_a_failure_that_names_its_cause_and_is_made_good_later(bare: Nights) -> None:
    bare.build(sizes(1, 6, 5))
    settle(bare, ASLEEP)
    bare.fault(Scarce(3, message="Could not launch On-Demand Instances. InsufficientInstanceCapacity - no room"))
    failed = overdue(settle(bare, AWAKE))
    assert failed.cause.startswith("3 of 5 nodes are in service: ")
    assert failed.error == "AsgInstanceLaunchFailures"
    assert (bare.fact("power"), bare.fact("inService")) == (Power.PARTIAL, 3)
    assert bare.fact("remembered") == as_json(sizes(1, 6, 5))


def test_before_eks_knows_it_auto_scaling_says_what_is_wrong(bare: Nights) -> None:
    bare.build(sizes(1, 6, 5))
    settle(bare, ASLEEP)
    bare.fault(Scarce(3, message="Could not launch On-Demand Instances. InsufficientInstanceCapacity - no room"))
    look(bare, AWAKE)
    bare.stage.wait(12)
    bare.stage.tape.report("DescribeNodegroup", "nodegroup", status="ACTIVE", health={"issues": []})
    look(bare, AWAKE)
    failed = overdue(look(bare, AWAKE))
    assert failed.error == "InsufficientInstanceCapacity"
    assert "0 of 5 nodes are in service: Could not launch" in failed.cause


LAUNCHED = {"StatusCode": "Successful", "Cause": "a request"}
REFUSED = {"StatusCode": "Failed", "StatusMessage": "UnfulfillableCapacity - none"}


@pytest.mark.parametrize(
    ("activities", "hours", "error"),
    [
        ([REFUSED], 0, "UnfulfillableCapacity"),
        ([LAUNCHED, REFUSED], 0, "UnfulfillableCapacity"),
        ([{"StatusCode": "Failed", "Cause": "a request"}], 0, "AsgInstanceLaunchFailures"),
        ([LAUNCHED], 0, "NodesMissing"),
        ([REFUSED], 2, "NodesMissing"),
        ([], 0, "NodesMissing"),
    ],
)
def test_only_a_failure_of_late_explains_missing_nodes(
    nights: Nights, activities: list[dict[str, str]], hours: int, error: str
) -> None:
    """Instances that are leaving do not stand for those that are missing."""
    look(nights, ASLEEP)
    look(nights, ASLEEP)
    nights.stage.wait(15)
    nights.fault(Scarce(0))
    at = nights.stage.clock.now() - timedelta(hours=hours)
    nights.stage.tape.edits["DescribeScalingActivities"] = lambda parsed: parsed.update(
        Activities=[{**it, "StartTime": at} for it in activities]
    )
    nights.stage.tape.report("DescribeNodegroup", "nodegroup", status="ACTIVE", health={"issues": []})
    for _ in range(3):
        look(nights, AWAKE)
    nights.stage.wait(10)
    assert overdue(look(nights, AWAKE)).error == error


def test_nobody_scales_a_morning_down_to_nothing(bare: Nights) -> None:
    bare.build(sizes(0, 6, 3))
    settle(bare, ASLEEP)
    look(bare, AWAKE)
    bare.stage.wait(15)
    bare.autoscale(0)
    assert settle(bare, AWAKE) == Ready()
    assert bare.now() == (sizes(0, 6, 3), 3)


def test_missing_nodes_that_nobody_explains_are_a_failure_too(nights: Nights) -> None:
    settle(nights, ASLEEP)
    look(nights, AWAKE)
    nights.stage.wait(12)
    progress = look(nights, AWAKE)
    assert isinstance(progress, Waiting)
    assert progress.detail == "0 of 3 nodes are in service"
    assert overdue(progress).error == "NodesMissing"


def test_a_failed_update_fails_with_eks_own_code(nights: Nights) -> None:
    look(nights, ASLEEP)
    look(nights, ASLEEP)
    error = {"errorCode": "PodEvictionFailure", "errorMessage": "no", "resourceIds": ["i-1"]}
    nights.stage.tape.report("DescribeUpdate", "update", status="Failed", errors=[error])
    nights.stage.wait(10)
    for _ in range(2):
        progress = look(nights, ASLEEP)
        assert isinstance(progress, Failed)
        assert (progress.error, progress.remedy) == ("PodEvictionFailure", REMEDIES["PodEvictionFailure"])
    assert len(nights.changes) == 1
    nights.next_run()
    nights.stage.tape.edits.clear()
    nights.stage.wait(20)
    assert settle(nights, ASLEEP) == Ready()


def test_another_update_is_waited_for(nights: Nights) -> None:
    nights.stage.aws.eks.update_nodegroup_config(
        clusterName=NAME, nodegroupName=GROUP, labels={"addOrUpdateLabels": {"team": "a"}}
    )
    nights.stage.tape.calls.clear()
    progress = look(nights, ASLEEP)
    assert isinstance(progress, Waiting)
    assert progress.reason == "UpdateInProgress"
    assert nights.fact("remembered") is None
    assert "UpdateInProgress" in nights.fact("wake")["risks"][0]
    assert settle(nights, ASLEEP) == Ready()


def test_an_update_that_was_faster_is_waited_for(nights: Nights) -> None:
    look(nights, ASLEEP)
    text = "Nodegroup cannot be updated as it is currently not in Active State"
    nights.stage.tape.refusals["UpdateNodegroupConfig"] = (409, "ResourceInUseException", text)
    progress = look(nights, ASLEEP)
    assert isinstance(progress, Waiting)
    assert progress.reason == "UpdateInProgress"


def test_whoever_puts_the_sizes_back_is_not_fought_for_ever(nights: Nights) -> None:
    progress: Progress = Ready()
    for _ in range(4):
        look(nights, ASLEEP)
        look(nights, ASLEEP)
        nights.stage.wait(20)
        nights.autoscale(2)
        progress = look(nights, ASLEEP)
    assert isinstance(progress, Failed)
    assert progress.error == "SizesChangedOutside"
    assert len(nights.changes) == len(set(nights.tokens)) == 3
    assert nights.fact("remembered") == as_json(SIZES)


def test_a_group_that_is_gone_sleeps_and_cannot_wake(nights: Nights) -> None:
    settle(nights, ASLEEP)
    nights.fault(Change("VanishNodegroup", {"clusterName": NAME, "nodegroupName": GROUP}))
    nights.next_run()
    assert believed(nights)
    assert (nights.fact("power"), nights.fact("status")) == (Power.ASLEEP, "GONE")
    assert look(nights, ASLEEP) == Ready()
    progress = look(nights, AWAKE)
    assert isinstance(progress, Failed)
    assert progress.error == "NodegroupGone"


def test_a_cluster_that_is_gone_sleeps(nights: Nights) -> None:
    nights.fault(Change("VanishCluster", {"clusterName": NAME}))
    assert believed(nights)


def test_a_group_that_eks_denies_for_a_moment_sleeps_all_the_same(nights: Nights) -> None:
    for _ in range(2):
        nights.stage.tape.refusals["DescribeNodegroup"] = (404, "ResourceNotFoundException", "No node group found")
        for _ in range(3):
            assert isinstance(look(nights, ASLEEP), Waiting)
        nights.stage.tape.refusals.clear()
        look(nights, ASLEEP)
    assert settle(nights, ASLEEP) == Ready()
    assert (nights.fact("power"), nights.fact("status")) == (Power.ASLEEP, "ACTIVE")


def believed(nights: Nights) -> bool:
    """Whether EKS is believed that there is no node group, and not before it has said so four times."""
    doubts = [look(nights, ASLEEP) for _ in range(3)]
    assert doubts == [pacing.NOT_THERE_YET.wait("EKS knows no such node group")] * 3
    return look(nights, ASLEEP) == Ready()


@pytest.mark.parametrize("status", ["CREATE_FAILED", "DELETE_FAILED"])
def test_a_broken_group_fails(nights: Nights, status: str) -> None:
    issue = {"code": "IamThrottling", "message": "slow", "resourceIds": []}
    nights.stage.tape.report("DescribeNodegroup", "nodegroup", status=status, health={"issues": [issue]})
    progress = look(nights, ASLEEP)
    assert isinstance(progress, Failed)
    assert progress.error == "IamThrottling"


@pytest.mark.parametrize(("status", "reason"), [("CREATING", "Creating"), ("DELETING", "BeingDeleted")])
def test_a_group_on_its_way_is_waited_for(nights: Nights, status: str, reason: str) -> None:
    nights.stage.tape.report("DescribeNodegroup", "nodegroup", status=status)
    progress = look(nights, ASLEEP)
    assert isinstance(progress, Waiting)
    assert progress.reason == reason
    assert nights.fact("remembered") is None


def test_somebody_elses_group_is_left_alone(nights: Nights) -> None:
    nights.stage.tape.report("DescribeNodegroup", "nodegroup", tags={"slipway/cluster": "bench"})
    progress = look(nights, ASLEEP)
    assert isinstance(progress, Failed)
    assert progress.error == "NodegroupNotOurs"
    assert nights.changes == []


# -- will it wake?


def test_too_few_addresses_are_a_warning_and_keep_nobody_awake(nights: Nights) -> None:
    nights.free = 2
    progress = look(nights, ASLEEP)
    assert isinstance(progress, Waiting)
    (risk,) = nights.fact("wake")["risks"]
    assert risk == "InsufficientFreeAddresses: its subnets have 2 free addresses, and it is to wake with 3 nodes."
    assert risk in progress.detail
    assert settle(nights, ASLEEP) == Ready()
    assert nights.fact("wake")["risks"] == [risk]
    assert settle(nights, AWAKE) == Ready()
    assert nights.fact("wake")["risks"] == []


def test_a_warning_that_cannot_be_had_keeps_nobody_awake(nights: Nights) -> None:
    nights.leave()
    nights.stage.tape.refusals["DescribeSubnets"] = (403, "UnauthorizedOperation", "no")
    assert settle(nights, ASLEEP) == Ready()
    assert nights.fact("wake")["risks"][0].startswith("AddressesUnknown")
