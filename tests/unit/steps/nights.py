"""Nights on a stage: one cluster, its node groups, and looks that remember what the last ones found."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from lambdas.domain.calendar import Calendar, NodegroupNight, Override, State
from lambdas.domain.pacing import Part
from lambdas.domain.power import Night
from lambdas.domain.progress import Waiting
from lambdas.domain.records import Sizes
from lambdas.domain.spec import Nodegroup
from lambdas.steps.convergence import ensure
from lambdas.steps.scaling import resources
from lambdas.steps.turns import Turns
from sandbox.twin.faults import Faults
from tests.unit.steps.stage import NAME, NODE_ROLE, spec
from tests.unit.twin.house import SUBNETS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdas.domain.progress import Report
    from sandbox.twin.faults import Rule
    from tests.unit.steps.stage import Stage

ASLEEP, AWAKE = State.ASLEEP, State.AWAKE
GROUP = "workers"
SIZES = Sizes(minSize=1, maxSize=6, desiredSize=3)
PLENTY = 250
MOST_LOOKS = 400


def sizes(least: int, most: int, desired: int) -> Sizes:
    return Sizes(minSize=least, maxSize=most, desiredSize=desired)


@dataclass
class Nights:
    """Everything is at the instant of the stage's clock. ``facts`` are what the registry would keep."""

    stage: Stage
    groups: tuple[str, ...] = (GROUP,)
    order: Mapping[str, int] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    resize: dict[str, Sizes] = field(default_factory=dict)
    intent: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    failed: frozenset[str] = frozenset()
    run: int = 1
    free: int = PLENTY
    turns: Turns = field(default_factory=Turns)

    def build(self, wanted: Sizes = SIZES) -> Nights:
        """The node groups, with all their instances."""
        subnets: Any = lambda model, **_: self._subnets() if model.name == "DescribeSubnets" else None  # noqa: E731
        self.stage.aws.ec2.meta.events.register("before-call", subnets, unique_id="subnets")
        self.stage.aws.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
        for name in self.groups:
            self.create(name, wanted)
        self.stage.wait(300)
        self.stage.tape.calls.clear()
        return self

    def leave(self) -> None:
        self.stage.aws.ec2.meta.events.unregister("before-call", unique_id="subnets")

    def create(self, name: str, wanted: Sizes = SIZES, owner: str = NAME) -> None:
        self.stage.aws.eks.create_nodegroup(
            clusterName=NAME, nodegroupName=name, subnets=SUBNETS, nodeRole=NODE_ROLE,
            scalingConfig=as_json(wanted), tags={"slipway/cluster": owner},
        )  # fmt: skip

    def look(self, state: State) -> list[Report]:
        """One look at all groups; what it found is remembered."""
        nights = tuple(NodegroupNight(name, name not in self.left_out, self.order.get(name, 1)) for name in self.groups)
        calendar = Calendar(timezone="UTC", awake=(), nodegroups=nights)
        night = Night(
            calendar=calendar, override=Override(state, None), resize=self.resize,
            now=self.stage.clock.now(), intent=self.intent,
        )  # fmt: skip
        wanted = spec(nodegroups=tuple(Nodegroup(nodegroupName=name) for name in self.groups))
        scope = self.stage.scope(wanted, run=f"bank-scale-1-{self.run}", observed=self.facts, failed=self.failed)
        reports = ensure(resources(replace(scope, night=night, turns=self.turns), Part.SIZES))
        self.facts |= {report.resource: dict(report.facts) for report in reports if report.facts}
        return reports

    def until_settled(self, state: State) -> list[Report]:
        """Look as the state machine does, until there is nothing to wait for; at most for the time of a budget."""
        waited: dict[str, tuple[str, int]] = {}
        for _ in range(MOST_LOOKS):
            reports = self.look(state)
            waiting = [(it.resource, it.progress) for it in reports if isinstance(it.progress, Waiting)]
            if not waiting:
                return reports
            seconds = min(progress.retry_after_seconds for _, progress in waiting)
            for name, progress in waiting:
                reason, before = waited.get(name, ("", 0))
                waited[name] = (progress.reason, before + seconds if reason == progress.reason else seconds)
                if waited[name][1] > progress.budget_seconds:
                    return reports
            self.stage.wait(seconds)
        raise AssertionError(waited)

    def next_run(self) -> None:
        self.run += 1

    def fault(self, rule: Rule) -> None:
        Faults(self.stage.twin, self.stage.wait).add(rule)

    def now(self, name: str = GROUP) -> tuple[Sizes, int]:
        """The sizes and the number of instances in service."""
        group = self._group(name)
        serving = [it for it in group["Instances"] if it["LifecycleState"] == "InService"]
        return sizes(group["MinSize"], group["MaxSize"], group["DesiredCapacity"]), len(serving)

    def autoscale(self, desired: int, name: str = GROUP) -> None:
        """As the Cluster Autoscaler does."""
        self.stage.aws.autoscaling.set_desired_capacity(
            AutoScalingGroupName=self.group_name(name), DesiredCapacity=desired
        )

    def group_name(self, name: str = GROUP) -> str:
        return str(self._group(name)["AutoScalingGroupName"])

    @property
    def changes(self) -> list[tuple[str, dict[str, int]]]:
        """What EKS was asked for, by node group."""
        return [
            (request["nodegroupName"], request["scalingConfig"])
            for name, request in self.stage.tape.calls
            if name == "UpdateNodegroupConfig"
        ]

    @property
    def tokens(self) -> list[str]:
        return [it["clientRequestToken"] for name, it in self.stage.tape.calls if name == "UpdateNodegroupConfig"]

    def fact(self, member: str, name: str = GROUP) -> Any:  # noqa: ANN401 -- JSON
        return self.facts[f"sizes/{name}"].get(member)

    def _group(self, name: str) -> Any:  # noqa: ANN401 -- as boto3 has it
        """The auto scaling group; that we looked is not on tape."""
        calls = list(self.stage.tape.calls)
        groups = self.stage.aws.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        self.stage.tape.calls[:] = calls
        (group,) = [it for it in groups if it["AutoScalingGroupName"].startswith(f"eks-{name}-")]
        return group

    def _subnets(self) -> tuple[SimpleNamespace, dict[str, Any]]:
        subnet = {"SubnetId": "subnet-a", "VpcId": "vpc-1", "AvailabilityZone": "eu-central-1a"}
        return SimpleNamespace(status_code=200), {
            "Subnets": [subnet | {"AvailableIpAddressCount": self.free}],
            "ResponseMetadata": {"HTTPStatusCode": 200},
        }


def as_json(wanted: Sizes) -> Any:  # noqa: ANN401 -- a TypedDict of any client
    return {"minSize": wanted.minSize, "maxSize": wanted.maxSize, "desiredSize": wanted.desiredSize}
