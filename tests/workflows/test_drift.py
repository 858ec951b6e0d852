"""What somebody changes behind our back is found by its field, told once, and repaired where the spec says so."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.aws.registry import Registry
from lambdas.domain.calendar import State, instant_text
from lambdas.domain.drift import Drift
from lambdas.domain.runs import RunStatus
from lambdas.handlers.drift import watch
from lambdas.steps.drifting import Watch
from lambdas.steps.events import Announcer
from sandbox.twin.faults import Change, Force, Issue
from tests.house import house
from tests.sampling import EXHAUSTIVE
from tests.workflows.attempts import POLICY, ROLE, changes
from tests.workflows.changing import GONE, NAME, SIZES, TEAM, Berth, Ground, differences, view

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lambdas.domain.events import Event
    from lambdas.domain.records import ClusterRecord
    from tests.house import House
    from tests.workflows.clockwork import Clockwork

    Json = dict[str, Any]

SETTINGS: Json = {
    "kubeApiServerConfig": {"eventTtl": "2h"},
    "kubeSchedulerConfig": {"nodeResourcesFit": {"scoringStrategy": {"type": "MostAllocated"}}},
    "kubeControllerManagerConfig": {"podGcControllerConfig": {"terminatedPodGcThreshold": 1000}},
    "remoteNetworkConfig": {"remoteNodeNetworks": [{"cidrs": ["10.80.0.0/16"]}]},
}
HYBRID = f"{ROLE}/hybrid-node"
VPC = "resourcesVpcConfig"
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Row:
    """What somebody does, and the resource and the fields at which it is found."""

    deed: Callable[[Ground], object]
    resource: str
    fields: tuple[str, ...]


def altered(does: str, resource: str, *fields: str, **params: Any) -> Row:  # noqa: ANN401 -- JSON
    """A resource that is suddenly otherwise."""
    return Row(lambda it: _alter(it.home, NAME, does, **params), resource, fields)


def called(operation: str, resource: str, *fields: str, **params: Any) -> Row:  # noqa: ANN401 -- JSON
    """A call of somebody else's."""
    return Row(
        lambda it: getattr(it.home.around.aws.eks, operation)(clusterName=NAME, **params),
        resource,
        fields or ("",),
    )


def cluster(field: str, **members: Any) -> Row:  # noqa: ANN401 -- JSON
    """A member of the cluster's."""
    return altered("AlterCluster", "cluster", field, **members)


def vpc(field: str, value: object) -> Row:
    """A member of the cluster's network."""
    return cluster(f"{VPC}.{field}", **{VPC: {field: value}})


def group(name: str, *fields: str, **members: Any) -> Row:  # noqa: ANN401 -- JSON
    """Members of a node group."""
    return altered("AlterNodegroup", f"nodegroups/{name}", *fields, nodegroupName=name, **members)


def addon(name: str, *fields: str, **members: Any) -> Row:  # noqa: ANN401 -- JSON
    """Members of an add-on."""
    return altered("AlterAddon", f"addons/{name}", *fields, addonName=name, **members)


def pods(account: str, field: str, value: object) -> Row:
    """A member of a pod identity association."""

    def deed(it: Ground) -> None:
        _alter(it.home, NAME, "AlterPodIdentityAssociation", associationId=_association(it, account), **{field: value})

    return Row(deed, f"podidentity/pay/{account}", (field,))


def sizes(*fields: str, **members: int) -> Row:
    """Sizes of a node group's auto scaling group."""
    return altered("ResizeGroup", "nodegroups/services", *fields, nodegroupName="services", **members)


def _alter(home: House, name: str, does: str, **params: Any) -> None:  # noqa: ANN401 -- JSON
    home.faults.add(Change(does, {"clusterName": name, **params}))


def _association(it: Ground, account: str) -> str:
    listed = it.home.around.aws.eks.list_pod_identity_associations(clusterName=NAME, serviceAccount=account)
    return listed["associations"][0]["associationId"]


def _tag(it: Ground) -> None:
    eks = it.home.around.aws.eks
    eks.tag_resource(resourceArn=eks.describe_cluster(name=NAME)["cluster"]["arn"], tags={"team": "pirates"})


ROWS = {
    "private endpoint": vpc("endpointPrivateAccess", value=False),
    "public endpoint": vpc("endpointPublicAccess", value=False),
    "public CIDRs": vpc("publicAccessCidrs", ["0.0.0.0/0"]),
    "subnets": Row(
        lambda it: _alter(it.home, NAME, "AlterCluster", **{VPC: {"subnetIds": it.subnets}}),
        "cluster",
        (f"{VPC}.subnetIds",),
    ),
    "security groups": vpc("securityGroupIds", []),
    "egress": vpc("controlPlaneEgressMode", "CUSTOMER_ROUTED"),
    "logs": cluster("logging.clusterLogging", logging={"clusterLogging": [{"types": ["api"], "enabled": True}]}),
    "upgrade policy": cluster("upgradePolicy", upgradePolicy={"supportType": "EXTENDED"}),
    "zonal shift": cluster("zonalShiftConfig", zonalShiftConfig={"enabled": True}),
    "deletion protection": cluster("deletionProtection", deletionProtection=True),
    "tier": cluster("controlPlaneScalingConfig", controlPlaneScalingConfig={"tier": "tier-xl"}),
    "API server": cluster("kubeApiServerConfig", kubeApiServerConfig={"eventTtl": "1h"}),
    "scheduler": cluster("kubeSchedulerConfig", kubeSchedulerConfig=None),
    "controller manager": cluster("kubeControllerManagerConfig", kubeControllerManagerConfig=None),
    "remote networks": cluster(
        "remoteNetworkConfig", remoteNetworkConfig={"remoteNodeNetworks": [{"cidrs": ["10.81.0.0/16"]}]}
    ),
    "encryption": cluster("encryptionConfig", encryptionConfig=None),
    "tags": Row(_tag, "cluster", ("tags.team",)),
    "cluster role": cluster("roleArn", roleArn=f"{ROLE}/eks-cluster"),
    "groups": altered(
        "AlterAccessEntry",
        "access/role/team/auditors",
        "kubernetesGroups",
        principalArn=f"{TEAM}/auditors",
        kubernetesGroups=["pirates"],
    ),
    "user name": altered(
        "AlterAccessEntry",
        "access/role/platform/operators",
        "username",
        principalArn=f"{ROLE}/operators",
        username="hook",
    ),
    "scope of a policy": called(
        "associate_access_policy",
        "access/role/team/payments/AmazonEKSEditPolicy",
        "accessScope.type",
        "accessScope.namespaces",
        principalArn=f"{TEAM}/payments",
        policyArn=f"{POLICY}EditPolicy",
        accessScope={"type": "cluster"},
    ),
    "policy gone": called(
        "disassociate_access_policy",
        "access/role/team/payments/AmazonEKSViewPolicy",
        principalArn=f"{TEAM}/payments",
        policyArn=f"{POLICY}ViewPolicy",
    ),
    "entry gone": called("delete_access_entry", "access/role/platform/hybrid-node", principalArn=HYBRID),
    "role of pods": pods("ledger", "roleArn", f"{ROLE}/ebs-csi"),
    "session tags of pods": pods("ledger", "disableSessionTags", value=True),
    "pods gone": Row(
        lambda it: it.home.around.aws.eks.delete_pod_identity_association(
            clusterName=NAME, associationId=_association(it, "audit")
        ),
        "podidentity/pay/audit",
        ("",),
    ),
    "add-on version": addon("vpc-cni", "addonVersion", addonVersion="v1.20.4-eksbuild.1"),
    "add-on configuration": addon("metrics-server", "configurationValues", configurationValues='{"replicas": 9}'),
    "add-on role": addon("aws-ebs-csi-driver", "serviceAccountRoleArn", serviceAccountRoleArn=f"{ROLE}/ebs-csi"),
    "add-on gone": altered("VanishAddon", "addons/snapshot-controller", "", addonName="snapshot-controller"),
    "labels": group("services", "labels.tier", "labels.theirs", labels={"tier": "db", "theirs": "1"}),
    "taints": group("services", "taints", taints=[{"key": "a", "value": "b", "effect": "NO_SCHEDULE"}]),
    "update configuration": group("services", "updateConfig.maxUnavailable", updateConfig={"maxUnavailable": 2}),
    "node repair": group("services", "nodeRepairConfig.enabled", nodeRepairConfig={"enabled": True}),
    "warm pool": group("services", "warmPoolConfig.enabled", warmPoolConfig={"enabled": True, "minSize": 1}),
    "release": group("late", "releaseVersion", releaseVersion="1.35.2-20260101"),
    "node version": group("machines", "version", version="1.34"),
    "template version": group("hardened", "launchTemplate.version", launchTemplate={"version": "2"}),
    "instance types": group("machines", "instanceTypes", instanceTypes=["t3.large"]),
    "AMI type": group("machines", "amiType", amiType="BOTTLEROCKET_x86_64"),
    "capacity type": group("machines", "capacityType", capacityType="SPOT"),
    "disk": group("machines", "diskSize", diskSize=99),
    "node role": group("machines", "nodeRole", nodeRole=f"{ROLE}/eks-node"),
    "node group gone": altered("VanishNodegroup", "nodegroups/surplus", "", nodegroupName="surplus"),
    "least size": sizes("scalingConfig.minSize", minSize=0),
    "greatest size": sizes("scalingConfig.maxSize", maxSize=5),
    "size that an autoscaler moves": sizes(desiredSize=3),
}
BEYOND_REPAIR = {
    ("cluster", "roleArn"),
    ("cluster", f"{VPC}.controlPlaneEgressMode"),
    *(("nodegroups/machines", it) for it in ("instanceTypes", "amiType", "capacityType", "diskSize", "nodeRole")),
}
"""What no call can change back: the thing would have to be made anew, which only a person asks for."""


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with house() as home:
        found = Ground.of(home)
        found.wanted.update(SETTINGS)
        found.wanted["accessEntries"][0]["username"] = "charon"
        found.wanted["accessEntries"].append({"principalArn": HYBRID})
        found.build()
        look(home, NAME)
        yield found


@pytest.fixture
def clockwork(ground: Ground) -> Iterator[Clockwork]:
    yield ground.clockwork
    ground.home.faults.clear()


def look(home: House, name: str, *, asked: bool = False) -> Drift | None:
    """Let an hour pass, and look at a cluster as the hourly look does."""
    home.clock.advance(HOUR)
    home.twin.settle()
    record = home.around.registry.cluster(name)
    assert record is not None
    return watch(home.around).one(record, asked=asked)


def seen(home: House, name: str) -> dict[tuple[str, str], tuple[str, bool]]:
    """What a look finds: since when it is known, and whether a run can repair it."""
    drift = look(home, name)
    assert drift is not None
    return {it.key: (it.since, it.repairable) for it in drift.findings}


def told(home: House, name: str) -> Counter[str]:
    """The kinds of the cluster's events about drift and health."""
    events, _ = home.around.registry.events(name)
    return Counter(it.type for it in events if it.type.startswith(("Drift", "Nodegroup")))


def batches() -> list[tuple[str, ...]]:
    """Four deeds of different kinds come between two looks, to save time; each by itself where all is tried."""
    stride = -(-len(ROWS) // (1 if EXHAUSTIVE else 4))
    return [tuple(list(ROWS)[start::stride]) for start in range(stride)]


@pytest.mark.parametrize("names", batches(), ids=", ".join)
def test_a_change_behind_our_back_is_found_by_its_field(ground: Ground, names: tuple[str, ...]) -> None:
    """Rows are independent of each other. What was found before stays known since then."""
    home = ground.home
    record = ground.clockwork.record(NAME)
    known = Drift.of(record.drift)
    before = {it.key: (it.since, it.repairable) for it in known.findings} if known else {}
    for name in names:
        ROWS[name].deed(ground)
    home.wire.forget()
    found = seen(home, NAME)
    expected = {(ROWS[name].resource, field) for name in names for field in ROWS[name].fields}
    now = instant_text(home.clock.now())
    assert found == before | {key: (now, key not in BEYOND_REPAIR) for key in expected}
    assert changes(home.wire.changed) == {}, "a look changes nothing"


# -- what is done about it


def deeds(berth: Berth) -> list[tuple[str, str]]:
    """Let somebody change something of every kind. Answers where it is found."""
    home, name = berth.home, berth.name
    eks = home.around.aws.eks
    _alter(home, name, "AlterCluster", logging={"clusterLogging": [{"types": ["api"], "enabled": True}]})
    _alter(home, name, "AlterNodegroup", nodegroupName="boats", labels={"theirs": "1"})
    _alter(home, name, "AlterAddon", addonName="kube-proxy", configurationValues='{"mode": "ipvs"}')
    _alter(home, name, "ResizeGroup", nodegroupName="boats", maxSize=5)
    eks.delete_access_entry(clusterName=name, principalArn=f"{TEAM}/auditors")
    home.wire.forget()
    return [
        ("access/role/team/auditors", ""),
        ("addons/kube-proxy", "configurationValues"),
        ("cluster", "logging.clusterLogging"),
        ("nodegroups/boats", "labels.theirs"),
        ("nodegroups/boats", "scalingConfig.maxSize"),
    ]


def berth_of(clockwork: Clockwork, policy: str, **members: Any) -> Berth:  # noqa: ANN401 -- the spec's own members
    return Berth(
        clockwork,
        drift=policy,
        **members,
        accessEntries=[{"principalArn": f"{TEAM}/auditors"}],
        nodegroups=[{"nodegroupName": "boats", "scalingConfig": SIZES}],
    )


def test_repair_repairs_it_by_a_run(clockwork: Clockwork) -> None:
    berth = berth_of(clockwork, "repair")
    home, name = berth.home, berth.name
    home.clock.advance(2 * HOUR)
    before = view(home)[name]
    expected = deeds(berth)
    assert sorted(seen(home, name)) == expected
    clockwork.settle()
    assert [run.status for run in berth.runs()] == [RunStatus.SUCCEEDED] * len(berth.runs())
    home.clock.advance(2 * HOUR)
    left = differences(before, view(home)[name])
    anew = f"accessEntries|{TEAM}/auditors|accessEntry|"
    assert {path for path, values in left.items() if not all(map(_is_nothing, values))} == {
        f"{anew}accessEntryArn",
        f"{anew}tags|slipway/run",
    }
    assert seen(home, name) == {}
    assert seen(home, name) == {}
    assert told(home, name) == {"DriftFound": 1, "DriftRepaired": 2}, "sizes are another run's to mend"


def _is_nothing(value: object) -> bool:
    """EKS keeps an empty object where labels or a configuration were."""
    return value is GONE or value in ({}, "{}")


def test_report_only_tells_of_it_and_once(clockwork: Clockwork) -> None:
    berth = berth_of(clockwork, "report")
    home, name = berth.home, berth.name
    expected = deeds(berth)
    first = seen(home, name)
    assert sorted(first) == expected
    assert seen(home, name) == first
    clockwork.settle()
    assert berth.runs() == []
    assert changes(home.wire.changed) == {}
    assert told(home, name) == {"DriftFound": 1}
    _alter(home, name, "AlterNodegroup", nodegroupName="boats", labels={"theirs": "1", "more": "2"})
    assert seen(home, name).keys() - first.keys() == {("nodegroups/boats", "labels.more")}
    assert told(home, name) == {"DriftFound": 2}


def test_what_somebody_puts_back_is_told_as_well(clockwork: Clockwork) -> None:
    berth = berth_of(clockwork, "report")
    home, name = berth.home, berth.name
    for value in (True, False, True, False):
        _alter(home, name, "AlterCluster", zonalShiftConfig={"enabled": value})
        assert bool(seen(home, name)) is value
    assert told(home, name) == {"DriftFound": 2, "DriftRepaired": 2}


def test_off_looks_at_nothing(clockwork: Clockwork) -> None:
    berth = berth_of(clockwork, "off")
    home, name = berth.home, berth.name
    expected = deeds(berth)
    calls, home.calls.function = home.calls.counted, "the look"
    assert look(home, name) is None
    assert {service for function, service in calls if function == "the look"} <= {"dynamodb"}
    assert told(home, name) == {}
    drift = look(home, name, asked=True)
    assert drift is not None
    assert sorted(it.key for it in drift.findings) == expected
    clockwork.settle()
    assert berth.runs() == [], "who asks is told, and nothing is repaired"


def test_the_sizes_of_a_sleeping_cluster_are_no_drift(clockwork: Clockwork) -> None:
    berth = berth_of(clockwork, "repair")
    home, name = berth.home, berth.name
    clockwork.hold(name, State.ASLEEP)
    clockwork.settle()
    assert berth.nodegroup()["scalingConfig"]["desiredSize"] == 0
    runs = berth.runs()
    assert seen(home, name) == {}
    clockwork.settle()
    assert (berth.runs(), told(home, name)) == (runs, {})


def test_an_autoscalers_size_stays_where_it_is(clockwork: Clockwork) -> None:
    """Also when the bounds around it are repaired."""
    berth = berth_of(clockwork, "repair")
    home, name = berth.home, berth.name
    _alter(home, name, "ResizeGroup", nodegroupName="boats", desiredSize=3)
    assert seen(home, name) == {}
    _alter(home, name, "ResizeGroup", nodegroupName="boats", minSize=0)
    assert [*seen(home, name)] == [("nodegroups/boats", "scalingConfig.minSize")]
    clockwork.settle()
    assert berth.nodegroup()["scalingConfig"] == {**SIZES, "desiredSize": 3}


def test_a_degraded_node_group_is_told_once(clockwork: Clockwork) -> None:
    berth = berth_of(clockwork, "report")
    home, name = berth.home, berth.name
    issue = Issue("AsgInstanceLaunchFailures", "no such luck")
    home.faults.add(Force("nodegroup", "DEGRADED", (issue,), cluster=name, name="boats", now=True))
    for _ in range(3):
        look(home, name)
    assert told(home, name)["NodegroupDegraded"] == 1


def test_nobody_looks_at_what_a_run_works_on_or_has_not_finished(clockwork: Clockwork) -> None:
    berth = berth_of(clockwork, "repair")
    home, name = berth.home, berth.name
    deeds(berth)
    _, run = home.replace(berth.spec(tags={"a": "b"}))
    assert look(home, name) is None
    clockwork.settle(stop=lambda states: len(states) > 3)
    clockwork.sweep()
    assert home.run(run.id).status is RunStatus.FAILED
    assert look(home, name) is None
    assert told(home, name) == {}


def labelled(berth: Berth) -> ClusterRecord:
    """The cluster's record after somebody has changed a label."""
    _alter(berth.home, berth.name, "AlterNodegroup", nodegroupName="boats", labels={"theirs": "1"})
    berth.home.twin.settle()
    return berth.clockwork.record(berth.name)


def test_two_looks_at_once_tell_of_it_once(clockwork: Clockwork) -> None:
    """EventBridge may deliver the hour twice, and somebody may ask at that time."""
    berth = berth_of(clockwork, "report")
    home, name = berth.home, berth.name
    record = labelled(berth)
    first = watch(home.around).one(record)
    home.clock.advance(60)
    assert first is not None
    assert watch(home.around).one(record) is None
    assert Drift.of(clockwork.record(name).drift) == first
    assert told(home, name) == {"DriftFound": 1}


def test_what_a_look_has_noted_is_told_though_it_dies(clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch) -> None:
    berth = berth_of(clockwork, "report")
    home, name = berth.home, berth.name
    record = labelled(berth)
    note = Registry.note_drift

    def die(*args: Any) -> None:  # noqa: ANN401 -- whatever note_drift takes
        note(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(Registry, "note_drift", die)
        with pytest.raises(KeyboardInterrupt):
            watch(home.around).one(record)
    look(home, name)
    assert told(home, name) == {"DriftFound": 1}


def test_what_no_run_can_mend_wants_a_person_also_where_runs_repair(clockwork: Clockwork) -> None:
    berth = berth_of(clockwork, "repair")
    home, name = berth.home, berth.name
    _alter(home, name, "AlterNodegroup", nodegroupName="boats", diskSize=99)
    assert [*seen(home, name)] == [("nodegroups/boats", "diskSize")]
    heard = [detail["repair"] for kind, detail in home.hearing.of(name) if kind == "DriftFound"]
    assert heard == [False]
    assert berth.runs() == []


def test_sizes_are_not_said_to_be_repaired_by_a_run_that_leaves_them_alone(clockwork: Clockwork) -> None:
    berth = berth_of(clockwork, "report")
    home, name = berth.home, berth.name
    _alter(home, name, "ResizeGroup", nodegroupName="boats", maxSize=5)
    first = seen(home, name)
    _, run = home.replace(berth.spec(tags={"a": "b"}))
    clockwork.settle()
    assert home.run(run.id).status is RunStatus.SUCCEEDED
    assert seen(home, name) == first
    assert told(home, name) == {"DriftFound": 1}


def test_a_night_makes_nothing_of_what_differs(clockwork: Clockwork) -> None:
    """The sizes of the evening come back in the morning, and are as little the spec's as before."""
    berth = berth_of(clockwork, "report")
    home, name = berth.home, berth.name
    _alter(home, name, "ResizeGroup", nodegroupName="boats", maxSize=5)
    first = seen(home, name)
    assert [*first] == [("nodegroups/boats", "scalingConfig.maxSize")]
    for state in (State.ASLEEP, State.AWAKE):
        clockwork.hold(name, state)
        clockwork.settle()
        assert seen(home, name) == first
    assert told(home, name) == {"DriftFound": 1}
    assert berth.nodegroup()["scalingConfig"]["maxSize"] == 5


def test_sizes_that_a_newer_spec_finds_in_place_are_no_drift_from_then_on(clockwork: Clockwork) -> None:
    berth = berth_of(clockwork, "report")
    home, name = berth.home, berth.name
    for state in (State.ASLEEP, State.AWAKE):
        clockwork.hold(name, state)
        clockwork.settle()
    _alter(home, name, "ResizeGroup", nodegroupName="boats", maxSize=9)
    assert [*seen(home, name)] == [("nodegroups/boats", "scalingConfig.maxSize")]
    sizes = {**SIZES, "maxSize": 9}
    _, run = home.replace(berth.spec(nodegroups=[{"nodegroupName": "boats", "scalingConfig": sizes}]))
    clockwork.settle()
    assert home.run(run.id).status is RunStatus.SUCCEEDED
    assert seen(home, name) == {}
    assert berth.nodegroup()["scalingConfig"] == sizes


def test_a_deletion_that_comes_before_a_repair_does_not_end_the_look(
    clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    berth = berth_of(clockwork, "repair", deletionProtection=False)
    home, name = berth.home, berth.name
    _alter(home, name, "ResizeGroup", nodegroupName="boats", maxSize=5)
    home.twin.settle()
    announce = Announcer.announce

    def delete_first(self: Announcer, events: Iterable[Event]) -> None:
        announce(self, events)
        home.delete(name)

    monkeypatch.setattr(Announcer, "announce", delete_first)
    assert watch(home.around).one(clockwork.record(name)) is not None
    monkeypatch.undo()
    assert clockwork.record(name).destroy


def test_whoever_was_not_looked_at_for_longest_is_first(clockwork: Clockwork, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a look whose time does not suffice lets nobody wait for ever."""
    berths = [berth_of(clockwork, "report") for _ in range(3)]
    for berth in reversed(berths):
        look(berth.home, berth.name)
    seen_so_far: list[str] = []
    monkeypatch.setattr(Watch, "one", lambda _, record: seen_so_far.append(record.name))
    watch(clockwork.home.around).all()
    names = [berth.name for berth in reversed(berths)]
    assert [name for name in seen_so_far if name in names] == names
