"""What simulations have found, each as a scenario of its own: docs/simulation.md tells how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from lambdas.domain.calendar import State
from lambdas.domain.runs import RunStatus
from sandbox.twin.faults import Change
from tests.simulation.faults import Fate, Peace, Strike
from tests.simulation.portrait import but, differences, everything, of
from tests.simulation.refusals import Refused
from tests.simulation.slipway import Slipway
from tests.simulation.trial import neighbours
from tests.simulation.workflows import ALWAYS, NAME, NEW, OLD, changed, spec

if TYPE_CHECKING:
    from tests.simulation.faults import Call
    from tests.simulation.ground import Ground


def test_schedules_that_somebody_deletes_come_back_within_the_hour(ground: Ground) -> None:
    slipway = Slipway(ground)
    slipway.accept(spec("small"))
    slipway.settle()
    slipway.plan(NAME, ALWAYS)
    slipway.settle()
    before = dict(slipway.schedules.kept)
    slipway.sweeps()

    for name in before:
        slipway.schedules.call("DeleteSchedule", {"Name": name})
    slipway.pass_time(timedelta(minutes=65))

    assert before
    assert slipway.schedules.kept.keys() == before.keys()
    assert slipway.record(NAME).lease is None  # type: ignore[union-attr] # it is there


def test_the_logs_of_a_cluster_that_vanishes_before_it_was_looked_at_go_too(ground: Ground) -> None:
    slipway = Slipway(ground)
    neighbours(slipway)
    foreign = but(everything(slipway), NAME)
    run = slipway.accept(spec("small"))
    slipway.engine.run(lambda: any("eks:CreateCluster" in it for it in slipway.cloud.numbered))
    slipway.pass_time(timedelta(minutes=1))
    slipway.machines.stop(next(iter(slipway.machines.started)))
    slipway.faults.add(Change("VanishCluster", {"clusterName": NAME}))
    assert (NAME, "log group", f"/aws/eks/{NAME}/cluster") in everything(slipway)

    deleting = slipway.delete(NAME)
    slipway.settle()

    assert slipway.run(run.id).status is RunStatus.FAILED
    assert slipway.run(deleting.id).status is RunStatus.SUCCEEDED
    assert of(everything(slipway), NAME) == {}
    assert differences(foreign, but(everything(slipway), NAME)) == []


def test_tags_of_a_spec_that_changes_while_they_are_made_are_taken_away(ground: Ground) -> None:
    slipway = Slipway(ground)
    slipway.accept(changed("small"))
    slipway.engine.run(lambda: any("eks:CreateCluster" in it for it in slipway.cloud.numbered))
    slipway.pass_time(timedelta(minutes=1))

    run = slipway.replace(spec("small"))
    slipway.settle()

    assert slipway.run(run.id).status is RunStatus.SUCCEEDED
    cluster = of(everything(slipway), NAME)[NAME, "cluster", NAME]
    assert "team" not in cluster["tags"]


def test_a_tag_goes_though_eks_denied_once_that_its_cluster_exists(ground: Ground) -> None:
    slipway = Slipway(ground)
    slipway.accept(changed("small"))
    slipway.settle()

    slipway.cloud.strikes = Denied("cluster", "eks:DescribeCluster")
    run = slipway.replace(spec("small"))
    slipway.settle()

    tags = slipway.twin.inventory()["clusters"][NAME]["cluster"]["tags"]
    assert slipway.cloud.struck["ResourceNotFoundException"] == 1
    assert slipway.run(run.id).status is RunStatus.SUCCEEDED
    assert "team" in changed("small").tags
    assert "team" not in tags


def test_a_tag_goes_though_nobody_heard_that_it_was_put_there(ground: Ground) -> None:
    slipway = Slipway(ground)
    slipway.accept(spec("small"))
    slipway.settle()

    slipway.cloud.strikes = Unheard("eks:TagResource")
    slipway.replace(changed("small"))
    slipway.engine.run(lambda: slipway.cloud.struck["every answer gets lost"] > 0)
    run = slipway.replace(spec("small"))
    slipway.settle()

    assert slipway.run(run.id).status is RunStatus.SUCCEEDED
    assert "team" not in slipway.twin.inventory()["clusters"][NAME]["cluster"]["tags"]
    assert slipway.record(NAME).dropped == {}  # type: ignore[union-attr] # it is there


def test_a_node_group_that_eks_denies_once_sleeps_all_the_same(ground: Ground) -> None:
    slipway = Slipway(ground)
    slipway.accept(spec("small"))
    slipway.settle()
    slipway.plan(NAME, ALWAYS)
    slipway.settle()

    slipway.cloud.strikes = Denied("scaling", "eks:DescribeNodegroup")
    slipway.hold(NAME, State.ASLEEP)
    slipway.settle()

    sizes = slipway.twin.inventory()["clusters"][NAME]["nodegroups"]["services"]["nodegroup"]["scalingConfig"]
    assert slipway.cloud.struck["ResourceNotFoundException"] == 1
    assert sizes["desiredSize"] == 0


def test_roles_stay_until_their_cluster_is_gone_though_eks_denies_it_once(ground: Ground) -> None:
    slipway = Slipway(ground)
    slipway.accept(spec("full"))
    slipway.settle()

    slipway.cloud.strikes = Denied("cluster", "eks:DescribeCluster")
    run = slipway.delete(NAME)
    slipway.settle()

    calls = [line.split()[1] for line in slipway.cloud.numbered]
    assert slipway.cloud.struck["ResourceNotFoundException"] == 1
    assert slipway.run(run.id).status is RunStatus.SUCCEEDED
    assert calls.index("eks:DeleteCluster") < calls.index("iam:DeleteRole")


@pytest.mark.parametrize("denied", ["eks:DescribeCluster", "eks:DescribeNodegroup"])
def test_a_cluster_goes_in_one_run_though_eks_denies_it_or_its_node_group_once(ground: Ground, denied: str) -> None:
    slipway = Slipway(ground)
    slipway.accept(spec("small"))
    slipway.settle()

    slipway.cloud.strikes = Denied("nodegroups", denied)
    run = slipway.delete(NAME)
    slipway.settle()

    assert slipway.cloud.struck["ResourceNotFoundException"] == 1
    assert slipway.run(run.id).status is RunStatus.SUCCEEDED
    assert slipway.twin.inventory()["clusters"] == {}


def test_a_cluster_that_comes_back_while_its_leavings_are_cleared_up_is_deleted_too(ground: Ground) -> None:
    slipway = Slipway(ground)
    slipway.accept(spec("small"))
    slipway.settle()

    slipway.cloud.strikes = Denied("cluster", "eks:DescribeCluster", times=4)
    run = slipway.delete(NAME)
    slipway.settle(within=timedelta(hours=1))

    assert slipway.run(run.id).status is RunStatus.SUCCEEDED
    assert of(everything(slipway), NAME) == {}


def test_an_add_on_that_no_look_came_to_goes_along_with_the_next_upgrade(ground: Ground) -> None:
    slipway = Slipway(ground)
    slipway.cloud.strikes = Unreadable("kube-proxy")
    slipway.accept(spec("small", OLD))
    slipway.settle()
    assert "chosen" not in slipway.record(NAME).observed.get("addons/kube-proxy", {})  # type: ignore[union-attr, operator] # it is there

    slipway.cloud.strikes = Peace()
    run = slipway.replace(spec("small", NEW))
    slipway.settle()

    addon = slipway.twin.inventory()["clusters"][NAME]["addons"]["kube-proxy"]["addon"]
    assert slipway.run(run.id).status is RunStatus.SUCCEEDED
    assert addon["addonVersion"].startswith(f"v{NEW}.")


@dataclass
class Unreadable:
    """Once an add-on is there, EKS takes no question for it."""

    addon: str
    made: bool = False

    def strike(self, call: Call) -> Strike | None:
        if call.params.get("addonName") != self.addon:
            return None
        self.made = self.made or call.operation == "CreateAddon"
        if not self.made or call.operation != "DescribeAddon":
            return None
        return Strike(Fate.REFUSED, Refused("InvalidParameterException", "Not that one."))


@dataclass
class Unheard:
    """No answer comes back from the first call of a name."""

    name: str
    done: bool = False

    def strike(self, call: Call) -> Strike | None:
        if self.done or call.name != self.name:
            return None
        self.done = True
        return Strike(Fate.ALL_ANSWERS_LOST)


@dataclass
class Denied:
    """EKS says so often to a step that there is no such thing."""

    function: str
    name: str
    times: int = 1

    def strike(self, call: Call) -> Strike | None:
        if not self.times or (call.function, call.name) != (self.function, self.name):
            return None
        self.times -= 1
        return Strike(Fate.REFUSED, Refused("ResourceNotFoundException", "Not found.", status=404))
