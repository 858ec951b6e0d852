"""Twenty clusters that live side by side, each by a calendar of its own, over the twin and a table in memory."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from lambdas.aws import clients
from lambdas.aws.clients import Aws
from lambdas.aws.items import cluster_item, run_item, wire
from lambdas.domain.calendar import Calendar, calendar_from_text, desired, from_json, schedules_hash, to_text
from lambdas.domain.pacing import Part
from lambdas.domain.power import due
from lambdas.domain.records import ClusterRecord, Power, Start
from lambdas.domain.runs import RunStatus, Verb
from lambdas.domain.spec import ClusterSpec, Nodegroup, to_json
from lambdas.handlers import runs
from lambdas.handlers.looking import Surroundings, look
from lambdas.steps import scaling
from sandbox.clock import VirtualClock
from sandbox.twin.faults import Change
from sandbox.twin.faults.faults import Faults
from sandbox.twin.inprocess import attach
from sandbox.twin.state import Lifecycle
from tests.simulation.door import client_of
from tests.simulation.table import Table
from tests.unit.steps.stage import CLUSTER_ROLE, NODE_ROLE, SETTINGS, world
from tests.unit.twin.house import REGION, SUBNETS, new_twin

if TYPE_CHECKING:
    from collections.abc import Iterator

    Json = Any
    Sizes = tuple[int, int, int]

CYCLES = 50
START = datetime(2027, 2, 22, tzinfo=UTC)
"""Within fifty nights of it clocks are changed on both hemispheres."""

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
)
WEEKS = (
    ["Mon-Sun 07:30-20:30"],
    ["Mon-Fri 08:00-18:00"],
    ["Mon-Fri 20:00-04:00", "Sun 10:00-12:00"],
    ["Mon-Sat 06:00-11:00", "Mon-Sat 13:00-21:00"],
)
SYSTEM, WORKERS = "system", "workers"
STAYS = {"nodegroupName": SYSTEM, "sleep": False, "wakeOrder": 1}
FIRST = {"nodegroupName": SYSTEM, "sleep": True, "wakeOrder": 0}
GROUPS: tuple[tuple[Json, ...], ...] = ((), (), (STAYS,), (), (FIRST,))
"""What the calendars say of a second node group, if there is one."""

CLUSTERS = len(ZONES) * len(WEEKS)
PLACES = range(CLUSTERS)
AT_ONCE = 5
"""Seconds: waits up to this are waited for as the machine does."""

SELDOM = 8


@dataclass
class Fleet:
    """Twenty clusters that wake and sleep each by a calendar of its own, and everything that they know of it."""

    around: Surroundings
    clock: VirtualClock
    faults: Faults
    random: Random
    expected: dict[tuple[str, str], Sizes] = field(default_factory=dict)
    """What each node group is to have by day."""

    nights: Counter[str] = field(default_factory=Counter)
    _numbers: Iterator[int] = field(default_factory=count)

    def build(self) -> None:
        eks = self.around.aws.eks
        for place in PLACES:
            eks.create_cluster(
                name=name(place), version="1.35", roleArn=CLUSTER_ROLE, resourcesVpcConfig={"subnetIds": SUBNETS},
                accessConfig={"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
                bootstrapSelfManagedAddons=False,
            )  # fmt: skip
        self.clock.advance(700)
        for place in PLACES:
            eks.create_addon(clusterName=name(place), addonName="vpc-cni")
            for group in groups(place):
                sizes = self._sizes()
                eks.create_nodegroup(
                    clusterName=name(place), nodegroupName=group, subnets=SUBNETS, nodeRole=NODE_ROLE,
                    scalingConfig={"minSize": sizes[0], "maxSize": sizes[1], "desiredSize": sizes[2]},
                    tags={"slipway/cluster": name(place)},
                )  # fmt: skip
                self.expected[name(place), group] = sizes
            self._note(place)
        self.clock.advance(600)

    def live(self) -> None:
        """Let all clusters live side by side, each until it has slept fifty times."""
        lives = [(self.clock.now(), place, self._life(name(place))) for place in PLACES]
        while lives:
            at, place, life = heappop(lives)
            self.clock.advance_to(at)
            following = next(life, None)
            if following is not None:
                heappush(lives, (following, place, life))

    def sizes(self, cluster: str) -> dict[str, Sizes]:
        """The sizes of the auto scaling groups; not by the API, since nothing here is asked as often."""
        found = {}
        for group, nodegroup in self.faults.twin._core.clusters[cluster].nodegroups.items():
            assert nodegroup.group is not None
            behind = nodegroup.group
            assert [it.lifecycle for it in behind.instances] == [Lifecycle.IN_SERVICE] * behind.desired, cluster
            found[group] = (behind.min_size, behind.max_size, behind.desired)
        return found

    def awake(self, cluster: str) -> dict[str, Sizes]:
        return {group: sizes for (owner, group), sizes in self.expected.items() if owner == cluster}

    def asleep(self, cluster: str) -> dict[str, Sizes]:
        calendar = self._calendar(cluster)
        return {
            group: (0, most, 0) if calendar.night_of(group).sleep else (least, most, now)
            for group, (least, most, now) in self.awake(cluster).items()
        }

    def _life(self, cluster: str) -> Iterator[datetime]:
        """The instants at which something happens to a cluster."""
        if self._state(cluster) is Power.ASLEEP:  # its calendar begins to count in the morning
            yield self._until(cluster)
        while True:
            yield self.clock.now() + timedelta(minutes=10)
            self._autoscale(cluster)
            yield self._until(cluster)
            yield from self._turn(cluster)
            assert (self._record(cluster).power, self.sizes(cluster)) == (Power.ASLEEP, self.asleep(cluster))
            yield self._until(cluster)
            yield from self._turn(cluster)
            assert (self._record(cluster).power, self.sizes(cluster)) == (Power.AWAKE, self.awake(cluster))
            self.nights[cluster] += 1
            if self.nights[cluster] == CYCLES:
                return

    def _turn(self, cluster: str) -> Iterator[datetime]:
        """One run, as ``scale.asl.json`` has it: begin, look until nothing is waited for, end."""
        run = f"fired-{next(self._numbers)}"
        event = {"cluster": cluster, "run": run, "last": {}}
        assert runs.answer(self.around, {"verb": "open", **event})["progress"] == "Ready"
        while True:
            answer: Json = look(
                self.around, scaling.resources, Part.SIZES, {"verb": "ensure", "part": str(Part.SIZES), **event}
            )
            if answer["progress"] != "Waiting":
                break
            event["last"] = answer
            seconds = answer["retryAfterSeconds"]
            yield self.clock.now() + timedelta(seconds=seconds if seconds <= AT_ONCE else SELDOM * seconds)
        assert answer["progress"] == "Ready", answer
        assert runs.answer(self.around, {"verb": "finish", **event})["progress"] == "Ready"
        assert due(self._record(cluster), self.clock.now()) is None

    def _autoscale(self, cluster: str) -> None:
        """As an autoscaler does by day; now and then a person moves the bounds, too."""
        for group in self.awake(cluster):
            sizes = self._sizes()
            if self.random.random() < 0.8:
                least, most, _ = self.expected[cluster, group]
                sizes = (least, most, self.random.randint(least, most))
            moved = dict(zip(("minSize", "maxSize", "desiredSize"), sizes, strict=True))
            self.faults.add(Change("ResizeGroup", {"clusterName": cluster, "nodegroupName": group, **moved}))
            self.expected[cluster, group] = sizes
        self.faults.clear()

    def _sizes(self) -> Sizes:
        most = self.random.randint(1, 3)
        least = self.random.randint(0, most)
        return least, most, self.random.randint(least, most)

    def _note(self, place: int) -> None:
        """The record as its first run leaves it, with a calendar and its schedules."""
        wanted, planned = name(place), calendar(place)
        spec = ClusterSpec(name=wanted, nodegroups=tuple(Nodegroup(nodegroupName=group) for group in groups(place)))
        text = json.dumps(to_json(spec))
        known: Json = {f"nodegroups/{group}": {"status": "ACTIVE"} for group in groups(place)}
        known["schedules"] = {"hash": schedules_hash(planned, None)}
        run = f"{wanted}-made"
        record = ClusterRecord(
            name=wanted, generation=1, requested=text, spec=text, created_at="", run=run, attempt=1, provision=run,
        )  # fmt: skip
        start = Start(run=run, cluster=wanted, verb=Verb.PROVISION, generation=1, attempt=1, at="")
        cluster = {**cluster_item(record), "calendar": to_text(planned)}
        cluster["observed"] = {name: json.dumps(fact) for name, fact in known.items()}
        del cluster["lease"]
        for item in (cluster, {**run_item(start), "status": str(RunStatus.SUCCEEDED)}):
            self.around.aws.dynamodb.put_item(TableName=SETTINGS.table, Item=wire(item))

    def _record(self, cluster: str) -> ClusterRecord:
        record = self.around.registry.cluster(cluster)
        assert record is not None
        return record

    def _calendar(self, cluster: str) -> Calendar:
        return calendar_from_text(self._record(cluster).calendar or "")

    def _state(self, cluster: str) -> Power:
        found = desired(self._calendar(cluster), None, self.clock.now())
        return Power(type(found).__name__.lower())

    def _until(self, cluster: str) -> datetime:
        until = desired(self._calendar(cluster), None, self.clock.now()).until
        assert until is not None
        return until


def name(place: int) -> str:
    return f"bank-{place}"


def groups(place: int) -> tuple[str, ...]:
    return (WORKERS, SYSTEM) if GROUPS[place % len(GROUPS)] else (WORKERS,)


def calendar(place: int) -> Calendar:
    return from_json(
        {
            "timezone": ZONES[place % len(ZONES)],
            "awake": WEEKS[place // len(ZONES)],
            "exceptions": [],
            "nodegroups": list(GROUPS[place % len(GROUPS)]),
        }
    )


@contextmanager
def fleet() -> Iterator[Fleet]:
    """A fleet in an account of its own. Nobody here reads signatures and who is asking, so no time goes into them."""
    clock = VirtualClock(START)
    quick = clients.CONFIG.merge(Config(signature_version=UNSIGNED, user_agent="fleet"))
    session = boto3.session.Session(aws_access_key_id="id", aws_secret_access_key="secret", region_name=REGION)
    faults = Faults(new_twin(world(), clock), clock.advance)
    attach(session, faults)
    session.events.register("before-call.ec2.DescribeSubnets", _subnets)  # type: ignore[arg-type] # may answer
    session.events.register("before-call.eventbridge.PutEvents", _put_events)  # type: ignore[arg-type] # as above
    with mock.patch.object(clients, "CONFIG", quick):
        aws = Aws(session)
        aws.dynamodb = client_of("dynamodb", Table(clock), clock)
        yield Fleet(Surroundings.of(aws, SETTINGS, clock.now), clock, faults, Random(20270222))  # noqa: S311 -- a seed: failures can be had again


def _subnets(**_: object) -> tuple[SimpleNamespace, Json]:
    """EC2's answer: plenty of addresses."""
    subnet = {
        "SubnetId": "subnet-a",
        "VpcId": "vpc-1",
        "AvailabilityZone": f"{REGION}a",
        "AvailableIpAddressCount": 250,
    }
    return SimpleNamespace(status_code=200), {"Subnets": [subnet], "ResponseMetadata": {"HTTPStatusCode": 200}}


def _put_events(**_: object) -> tuple[SimpleNamespace, Json]:
    """EventBridge's answer: it has the one that a run tells of."""
    answer = {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}], "ResponseMetadata": {"HTTPStatusCode": 200}}
    return SimpleNamespace(status_code=200), answer
