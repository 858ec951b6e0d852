"""Strategies for valid node groups."""

from typing import Any

from hypothesis import strategies as st

from lambdas.domain import spec as s
from tests.unit.domain.value_strategies import ids, maybe, names, role_arns, several, tags

# Instance types and images that go together.
MACHINES: tuple[tuple[tuple[str, ...], tuple[s.AmiType, ...]], ...] = (
    (
        ("t3.micro", "t3.medium", "m7i.large", "m7a.xlarge", "c6id.metal"),
        ("AL2023_x86_64_STANDARD", "BOTTLEROCKET_x86_64"),
    ),
    (
        ("t4g.small", "m7g.large", "c7gn.xlarge", "im4gn.large", "a1.large"),
        ("AL2023_ARM_64_STANDARD", "BOTTLEROCKET_ARM_64_FIPS"),
    ),
    (("g5.xlarge", "g6.xlarge", "p5.48xlarge"), ("AL2023_x86_64_NVIDIA", "BOTTLEROCKET_x86_64_NVIDIA")),
    (("trn1.2xlarge", "inf2.xlarge"), ("AL2023_x86_64_NEURON",)),
    (("m7i.large", "c7i.xlarge"), ("WINDOWS_CORE_2022_x86_64", "WINDOWS_FULL_2025_x86_64")),
)
LINUX = MACHINES[:-1]


def scaling_configs() -> st.SearchStrategy[s.ScalingConfig]:
    sizes = st.lists(st.integers(0, 450), min_size=3, max_size=3).map(sorted).filter(lambda three: three[2] > 0)
    return sizes.map(lambda three: s.ScalingConfig(minSize=three[0], desiredSize=three[1], maxSize=three[2]))


def update_configs() -> st.SearchStrategy[s.UpdateConfig]:
    strategy = st.sampled_from(["DEFAULT", "MINIMAL"])
    percent = st.integers(1, 100)
    return st.builds(s.UpdateConfig, maxUnavailable=percent, updateStrategy=strategy) | st.builds(
        s.UpdateConfig, maxUnavailablePercentage=percent, updateStrategy=strategy
    )


def taints() -> st.SearchStrategy[tuple[s.Taint, ...]]:
    effects = st.sampled_from(["NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"])
    taint = st.builds(s.Taint, key=names(), value=st.just("") | names(), effect=effects)
    return st.lists(taint, max_size=3, unique_by=lambda one: (one.key, one.effect)).map(tuple)


def repair_configs() -> st.SearchStrategy[s.NodeRepairConfig]:
    override = st.builds(
        s.NodeRepairOverride,
        nodeMonitoringCondition=st.just("AcceleratedHardwareReady"),
        nodeUnhealthyReason=names(),
        minRepairWaitTimeMins=st.integers(1, 60),
        repairAction=st.sampled_from(["Replace", "Reboot", "NoAction"]),
    )
    limit = maybe(st.integers(1, 100))
    common = {"enabled": st.booleans(), "nodeRepairConfigOverrides": several(override, most=2)}
    return st.builds(
        s.NodeRepairConfig, maxUnhealthyNodeThresholdCount=limit, maxParallelNodesRepairedPercentage=limit, **common
    ) | st.builds(
        s.NodeRepairConfig, maxUnhealthyNodeThresholdPercentage=limit, maxParallelNodesRepairedCount=limit, **common
    )


def warm_pools(*, bottlerocket: bool) -> st.SearchStrategy[s.WarmPoolConfig]:
    states = ["STOPPED", "RUNNING"] if bottlerocket else ["STOPPED", "RUNNING", "HIBERNATED"]
    return st.builds(
        s.WarmPoolConfig,
        enabled=st.booleans(),
        minSize=st.integers(0, 10),
        maxGroupPreparedCapacity=maybe(st.integers(10, 100)),
        poolState=st.sampled_from(states),
        reuseOnScaleIn=st.just(value=False) if bottlerocket else st.booleans(),
    )


def remote_accesses() -> st.SearchStrategy[s.RemoteAccess]:
    return st.builds(s.RemoteAccess, ec2SshKey=names(), sourceSecurityGroups=several(ids("sg"), least=1))


def launch_templates() -> st.SearchStrategy[s.LaunchTemplate]:
    version = maybe(st.integers(1, 99).map(str))
    return st.builds(s.LaunchTemplate, id=ids("lt"), version=version) | st.builds(
        s.LaunchTemplate, name=names().map("nodes-{}".format), version=version
    )


def labels() -> st.SearchStrategy[dict[str, str]]:
    keys = st.sampled_from(["bank.example/tier", "a.b/c_d.e", "X"]) | names(63)
    return st.dictionaries(keys, names(63), max_size=3)


@st.composite
def nodegroups(draw: st.DrawFn, *, ipv6: bool = False, new_vpc: bool = False) -> s.Nodegroup:
    """A node group for a cluster of that kind; its version is the cluster's."""
    types, images = draw(st.sampled_from(LINUX if ipv6 else MACHINES))
    ami_type = draw(st.sampled_from(images))
    members: dict[str, Any] = {
        "nodegroupName": draw(names(63)),
        "nodeRole": draw(maybe(role_arns())),
        "subnets": () if new_vpc else draw(several(ids("subnet"), most=2)),
        "instanceTypes": draw(several(st.sampled_from(types), least=1)),
        "amiType": draw(maybe(st.just(ami_type))),
        "capacityType": draw(st.sampled_from(["ON_DEMAND", "SPOT"])),
        "scalingConfig": draw(scaling_configs()),
        "updateConfig": draw(update_configs()),
        "labels": draw(labels()),
        "taints": draw(taints()),
        "nodeRepairConfig": draw(repair_configs()),
        "warmPoolConfig": draw(maybe(warm_pools(bottlerocket=ami_type.startswith("BOTTLEROCKET")))),
        "tags": draw(tags()),
    }
    if draw(st.booleans()):
        members["diskSize"] = draw(maybe(st.integers(1, 16384)))
        members["remoteAccess"] = None if new_vpc else draw(maybe(remote_accesses()))
    else:
        members["launchTemplate"] = draw(launch_templates())
    return s.Nodegroup(**members)
