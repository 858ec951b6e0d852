"""Many clusters of one account and region over the twin: what the state machine calls is called, by a virtual clock.

The functions ``runs`` and ``scaling`` are Slipway's own, called in the order of ``scale.asl.json`` with the waits that
they answer; so are botocore's clients and their retries. The registry is in memory.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from benchmarks.shards.shelf import Shelf, new_run
from lambdas.aws import clients
from lambdas.aws.clients import Aws
from lambdas.domain.calendar import from_json, schedules_hash, to_text
from lambdas.domain.pacing import Part
from lambdas.domain.power import power_of
from lambdas.domain.records import ClusterRecord, Power
from lambdas.domain.runs import RunStatus, Verb
from lambdas.domain.spec import ClusterSpec, Nodegroup, to_json
from lambdas.handlers import runs
from lambdas.handlers.looking import Surroundings, logger, look
from lambdas.steps import scaling
from sandbox.clock import VirtualClock
from sandbox.twin.faults import Throttle
from sandbox.twin.faults.faults import Faults
from sandbox.twin.inprocess import attach
from tests.unit.steps.stage import CLUSTER_ROLE, NODE_ROLE, SETTINGS, world
from tests.unit.twin.house import REGION, SUBNETS, new_twin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.turns import Rush

    Json = Any

CALL_SECONDS = 0.3
"""From a state of the machine to the answer of its function."""

THROTTLED = ("DescribeNodegroup", "DescribeUpdate", "UpdateNodegroupConfig")
"""The calls that a run of the machine ``scale`` makes to EKS."""

DUSK = datetime(2027, 3, 1, 20, 30, tzinfo=UTC)
DAWN = datetime(2027, 3, 1, 7, 30, tzinfo=UTC)
_CALENDAR = from_json({"timezone": "UTC", "awake": ["Mon-Sun 07:30-20:30"], "exceptions": [], "nodegroups": []})
_WARM_UP = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many clusters, node groups in each, and nodes in each of those."""

    clusters: int
    groups: int
    nodes: int = 1

    @property
    def nodegroups(self) -> int:
        """All of them."""
        return self.clusters * self.groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One for each API of EKS: so many calls at once, and then so many a second."""

    burst: int
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a shard; all times in seconds since the schedules fired.

    ``changed`` is when EKS took the last change of sizes, ``ended`` when the last run was over, ``failed`` how many of
    those failed, ``lost`` how many node groups are not what they were to be. ``calls`` and ``throttled`` count by API.
    """

    changed: float
    ended: float
    failed: int
    lost: int
    looks: int
    calls: Counter[str]
    throttled: Counter[str]
    given: int
    rush: Rush
    served: float = 0.0
    """When the last instance was in service."""

    @property
    def share_throttled(self) -> float:
        """Of all calls of the APIs with a bucket."""
        return self.throttled.total() / self.calls.total() if self.calls else 0.0


@dataclass
class Shard:
    """The clusters, and what happens to them."""

    around: Surroundings
    shelf: Shelf
    clock: VirtualClock
    faults: Faults
    size: Size
    random: Random
    changed: datetime | None = None
    looks: int = 0
    failures: list[str] = field(default_factory=list)

    def build(self, *, asleep: bool) -> None:
        """Make the clusters, all awake or all asleep, and let them come to rest."""
        eks = self.around.aws.eks
        for place in range(self.size.clusters):
            eks.create_cluster(
                name=_name(place), version="1.35", roleArn=CLUSTER_ROLE, resourcesVpcConfig={"subnetIds": SUBNETS},
                accessConfig={"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
                bootstrapSelfManagedAddons=False,
            )  # fmt: skip
        self.clock.advance(700)
        nodes = self.size.nodes
        sizes = {"minSize": 0 if asleep else nodes, "maxSize": nodes, "desiredSize": 0 if asleep else nodes}
        for place in range(self.size.clusters):
            eks.create_addon(clusterName=_name(place), addonName="vpc-cni")
            for group in self._groups():
                eks.create_nodegroup(
                    clusterName=_name(place), nodegroupName=group, subnets=SUBNETS, nodeRole=NODE_ROLE,
                    scalingConfig=sizes, tags={"slipway/cluster": _name(place)},  # type: ignore[arg-type] # its members
                )  # fmt: skip
            self._note(_name(place), asleep=asleep)

    def fire(self, at: datetime, wanted: Power, bucket: Bucket | None) -> Outcome:
        """Let all schedules fire in one second, and everything happen that follows."""
        self.clock.advance_to(at)
        rules = _throttles(bucket)
        ids = [self.faults.add(rule) for rule in rules]
        lives = [(at + timedelta(seconds=self.random.random()), place) for place in range(self.size.clusters)]
        going = [(begin, place, self._run(_name(place), begin)) for begin, place in sorted(lives)]
        while going:
            instant, place, life = heappop(going)
            self.clock.advance_to(instant)
            following = next(life, None)
            if following is not None:
                heappush(going, (following, place, life))
        counted = {it.rule.operation: it for it in self.faults.rules() if it.id in ids}  # type: ignore[union-attr] # all of them throttle
        return Outcome(
            changed=((self.changed or at) - at).total_seconds(),
            ended=(self.clock.now() - at).total_seconds(),
            failed=len(self.failures),
            lost=sum(power_of(record, group) is not wanted for record in self._records() for group in self._groups()),
            looks=self.looks,
            calls=Counter({name: it.seen for name, it in counted.items()}),
            throttled=Counter({name: it.fired for name, it in counted.items()}),
            given=self.shelf.given,
            rush=self.shelf.rush,
            served=(self._served() - at).total_seconds(),
        )

    def _served(self) -> datetime:
        """When the last launch ended that succeeded."""
        return self.faults.twin.intervene(
            lambda core: max(
                activity.ended_at or core.now
                for cluster in core.clusters.values()
                for nodegroup in cluster.nodegroups.values()
                for activity in (nodegroup.group.activities if nodegroup.group else ())
                if activity.failure is None and activity.description.startswith("Launching")
            )
        )

    def _run(self, cluster: str, begin: datetime) -> Iterator[datetime]:
        """One execution of ``scale.asl.json``, by the instants at which its functions answer."""
        event: Json = {"cluster": cluster, "run": f"{cluster}-{begin:%H%M}", "last": {}}
        call = timedelta(seconds=CALL_SECONDS)
        yield self.clock.now() + call
        assert runs.answer(self.around, {"verb": "open", **event})["progress"] == "Ready", cluster
        while True:
            yield self.clock.now() + call
            self.looks += 1
            asked = {"verb": "ensure", "part": str(Part.SIZES), **event}
            answer: Json = look(self.around, scaling.resources, Part.SIZES, asked)
            if answer["progress"] != "Waiting":
                break
            event["last"] = answer
            yield self.clock.now() + timedelta(seconds=answer["retryAfterSeconds"])
        if answer["progress"] == "Failed":
            self.failures.append(f"{answer['error']}: {answer['cause']}")
            return
        yield self.clock.now() + call
        assert runs.answer(self.around, {"verb": "finish", **event})["progress"] == "Ready", cluster

    def note_change(self, http_response: Json, **_: object) -> None:
        """Remember when EKS took a change of sizes."""
        if http_response.status_code < HTTP_ERRORS:
            self.changed = self.clock.now()

    def _note(self, name: str, *, asleep: bool) -> None:
        """The record as its last run left it."""
        spec = ClusterSpec(name=name, nodegroups=tuple(Nodegroup(nodegroupName=group) for group in self._groups()))
        text = json.dumps(to_json(spec))
        nodes = self.size.nodes
        sizes = {
            "power": "asleep", "status": "ACTIVE",
            "remembered": {"minSize": nodes, "maxSize": nodes, "desiredSize": nodes},
        }  # fmt: skip
        known: dict[str, object] = {f"nodegroups/{group}": {"status": "ACTIVE"} for group in self._groups()}
        slept = {f"sizes/{group}": sizes for group in self._groups()} if asleep else {}
        schedules = {"schedules": {"hash": schedules_hash(_CALENDAR, None)}}
        self.shelf.ledger["made"] = new_run("made", "", Verb.PROVISION, RunStatus.SUCCEEDED)
        self.shelf.records[name] = ClusterRecord(
            name=name, generation=1, requested=text, spec=text, created_at="", run="made", attempt=1,
            provision="made", calendar=to_text(_CALENDAR), observed={**known, **slept, **schedules},
            power=Power.ASLEEP if asleep else Power.AWAKE,
        )  # fmt: skip

    def _records(self) -> list[ClusterRecord]:
        return list(self.shelf.records.values())

    def _groups(self) -> list[str]:
        return [f"workers-{number}" for number in range(self.size.groups)]


HTTP_ERRORS = 300


@contextmanager
def shard(size: Size, seed: int, begins: datetime, given: int = 0, rush: Rush | None = None) -> Iterator[Shard]:
    """An empty account whose clusters are built two hours before ``begins``, with what is known of turns."""
    clock = VirtualClock(begins - _WARM_UP)
    quick = clients.CONFIG.merge(Config(signature_version=UNSIGNED, user_agent="shard"))
    session = boto3.session.Session(aws_access_key_id="id", aws_secret_access_key="secret", region_name=REGION)  # noqa: S106 -- none
    faults = Faults(new_twin(world(), clock, seed=seed), clock.advance)
    attach(session, faults)
    session.events.register("before-call.ec2.DescribeSubnets", _subnets)  # type: ignore[arg-type] # may answer
    session.events.register("before-call.eventbridge.PutEvents", _put_events)  # type: ignore[arg-type] # as above
    shelf = Shelf()
    shelf.given, shelf.rush = given, rush or shelf.rush
    logger.setLevel("ERROR")
    with mock.patch.object(clients, "CONFIG", quick), mock.patch.dict(os.environ, {"AWS_REGION": REGION}):
        around = Surroundings(Aws(session), SETTINGS, shelf, clock.now)
        made = Shard(around, shelf, clock, faults, size, Random(seed))  # noqa: S311 -- no secret
        session.events.register("after-call.eks.UpdateNodegroupConfig", made.note_change)
        yield made


def _throttles(bucket: Bucket | None) -> list[Throttle]:
    if bucket is None:
        return []
    return [Throttle(operation=it, capacity=bucket.burst, refill=bucket.rate) for it in THROTTLED]


def _name(place: int) -> str:
    return f"bank-{place}"


def _subnets(**_: object) -> tuple[SimpleNamespace, Json]:
    subnet = {"SubnetId": "subnet-a", "VpcId": "vpc-1", "AvailabilityZone": "a", "AvailableIpAddressCount": 9999}
    return SimpleNamespace(status_code=200), {"Subnets": [subnet], "ResponseMetadata": {"HTTPStatusCode": 200}}


def _put_events(**_: object) -> tuple[SimpleNamespace, Json]:
    answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}], "ResponseMetadata": {"HTTPStatusCode": 200}}
    return SimpleNamespace(status_code=200), answer
