"""Hypothesis strategies for valid specs: `specs()` for those the door answers, `raw_specs()` for those users send.

They reach every member of the spec; what excludes what is drawn together.
"""

from typing import Any

from hypothesis import strategies as st

from lambdas.domain import spec as s
from lambdas.domain.completion import completed
from lambdas.domain.constraints import JsonValue
from tests.unit.domain.nodegroup_strategies import nodegroups
from tests.unit.domain.value_strategies import ACCOUNTS, addresses, ids, maybe, names, role_arns, several, tags

VERSIONS = ("1.33", "1.34", "1.35")
POLICIES = ("AmazonEKSViewPolicy", "AmazonEKSEditPolicy", "AmazonEKSClusterAdminPolicy")


def specs() -> st.SearchStrategy[s.ClusterSpec]:
    """Specs as the door answers them."""
    return raw_specs().map(completed)


def documents() -> st.SearchStrategy[dict[str, JsonValue]]:
    """What users could send: valid specs in JSON."""
    return raw_specs().map(s.to_json)


@st.composite
def raw_specs(draw: st.DrawFn) -> s.ClusterSpec:
    """Valid specs before the door completes them."""
    network = draw(network_members())
    ipv6 = network["kubernetesNetworkConfig"].ipFamily == "ipv6"
    new_vpc = network.get("vpc") is not None and network["vpc"].create is not None
    groups = st.lists(
        nodegroups(ipv6=ipv6, new_vpc=new_vpc), max_size=3, unique_by=lambda group: group.nodegroupName.lower()
    )
    return s.ClusterSpec(
        name=draw(names(100)),
        version=draw(maybe(st.sampled_from(VERSIONS))),
        roleArn=draw(maybe(role_arns())),
        nodegroups=tuple(draw(groups)),
        accessEntries=draw(access_entries()),
        addons=draw(addons()),
        podIdentityAssociations=draw(pod_identity_associations()),
        tags=draw(tags()),
        **network,
        **draw(control_plane_members()),
    )


@st.composite
def network_members(draw: st.DrawFn) -> dict[str, Any]:
    ipv6 = draw(st.booleans())
    service = None if ipv6 else draw(maybe(addresses("172", 16).map(lambda _: "172.20.0.0/16")))
    where = draw(st.sampled_from(["default", "given", "vpc", "new"]))
    new_vpc = st.builds(s.NewVpc, cidr=addresses("10", 16), availabilityZones=st.integers(2, 3))
    vpc = {
        "vpc": st.builds(s.Vpc, vpcId=ids("vpc")),
        "new": st.builds(s.Vpc, create=new_vpc),
    }.get(where, st.none())
    public = draw(st.booleans())
    anywhere = public and draw(st.booleans())
    config = s.VpcConfig(
        subnetIds=draw(several(ids("subnet"), least=2, most=4)) if where == "given" else (),
        securityGroupIds=() if where == "new" else draw(several(ids("sg"))),
        endpointPublicAccess=public,
        endpointPrivateAccess=draw(st.booleans()) or not public,
        publicAccessCidrs=_public_cidrs(draw, public=public, anywhere=anywhere, ipv6=ipv6),
        allowPublicAccessFromAnywhere=anywhere,
        controlPlaneEgressMode=draw(st.sampled_from(["AWS_MANAGED", "CUSTOMER_ROUTED", "CUSTOMER_ISOLATED"])),
    )
    return {
        "vpc": draw(vpc),
        "resourcesVpcConfig": config,
        "kubernetesNetworkConfig": s.KubernetesNetworkConfig(
            ipFamily="ipv6" if ipv6 else "ipv4", serviceIpv4Cidr=service
        ),
        "remoteNetworkConfig": None if ipv6 else draw(maybe(remote_networks())),
    }


def _public_cidrs(draw: st.DrawFn, *, public: bool, anywhere: bool, ipv6: bool) -> tuple[str, ...]:
    if not public:
        return ()
    cidrs = ("0.0.0.0/0",) if anywhere else draw(several(addresses("203", 24), least=1))
    return (*cidrs, "2001:db8::/32") if ipv6 else cidrs


def remote_networks() -> st.SearchStrategy[s.RemoteNetworkConfig]:
    node = s.RemoteNetwork(cidrs=("192.168.0.0/24", "192.168.7.1/32"))
    pod = s.RemoteNetwork(cidrs=("192.168.128.0/17",))
    return st.sampled_from([(), (pod,)]).map(
        lambda pods: s.RemoteNetworkConfig(remoteNodeNetworks=(node,), remotePodNetworks=pods)
    )


@st.composite
def control_plane_members(draw: st.DrawFn) -> dict[str, Any]:
    on = draw(several(st.sampled_from(s.ALL_LOG_TYPES), most=5))
    off = tuple(kind for kind in s.ALL_LOG_TYPES if kind not in on)
    setups = [s.LogSetup(types=types, enabled=types is on) for types in (on, off) if types]
    durations = st.integers(1, 90).map("{}m".format)
    ports = st.tuples(st.integers(1, 30000), st.integers(30000, 65535))
    weights = st.builds(s.ResourceWeight, name=st.just("cpu"), weight=st.integers(1, 100))
    strategies = st.builds(
        s.ScoringStrategy,
        type=st.sampled_from(["LeastAllocated", "MostAllocated"]),
        resources=several(weights, most=1),
    )
    fits = st.builds(s.NodeResourcesFit, scoringStrategy=strategies)
    keys = names(36).map(lambda key: f"arn:aws:kms:eu-central-1:123456789012:key/{key}")
    encryption = st.builds(s.EncryptionConfig, provider=st.builds(s.Provider, keyArn=keys))
    sync = st.builds(s.HorizontalPodAutoscalerControllerConfig, horizontalPodAutoscalerSyncPeriod=durations)
    collection = st.builds(s.PodGcControllerConfig, terminatedPodGcThreshold=st.integers(1, 1000000))
    members: dict[str, st.SearchStrategy[Any]] = {
        "encryptionConfig": several(encryption, most=1),
        "logging": st.just(s.Logging(clusterLogging=tuple(setups))),
        "upgradePolicy": st.builds(s.UpgradePolicy, supportType=st.sampled_from(["STANDARD", "EXTENDED"])),
        "zonalShiftConfig": st.builds(s.ZonalShiftConfig, enabled=st.booleans()),
        "deletionProtection": st.booleans(),
        "controlPlaneScalingConfig": st.builds(
            s.ControlPlaneScalingConfig, tier=st.sampled_from(["standard", "tier-xl", "tier-8xl"])
        ),
        "kubeApiServerConfig": maybe(
            st.builds(
                s.KubeApiServerConfig,
                eventTtl=maybe(durations),
                serviceNodePortRange=maybe(
                    ports.map(lambda pair: s.ServiceNodePortRange(minPort=pair[0], maxPort=pair[1]))
                ),
            )
        ),
        "kubeSchedulerConfig": maybe(st.builds(s.KubeSchedulerConfig, nodeResourcesFit=fits)),
        "kubeControllerManagerConfig": maybe(
            st.builds(
                s.KubeControllerManagerConfig,
                podGcControllerConfig=maybe(collection),
                horizontalPodAutoscalerControllerConfig=maybe(sync),
            )
        ),
    }
    return {name: draw(strategy) for name, strategy in members.items()}


def access_entries() -> st.SearchStrategy[tuple[s.AccessEntry, ...]]:
    scopes = st.builds(s.AccessScope) | st.builds(
        s.AccessScope, type=st.just("namespace"), namespaces=several(names() | st.just("dev-*"), least=1)
    )
    arns = st.sampled_from(POLICIES).map("arn:aws:eks::aws:cluster-access-policy/{}".format)
    policies = st.lists(st.builds(s.AccessPolicy, policyArn=arns, accessScope=scopes), max_size=2, unique_by=_policy)
    people = st.builds(
        s.AccessEntry,
        principalArn=role_arns("user") | role_arns().map("{}-person".format),
        username=maybe(names() | st.just("payments:{{SessionName}}")),
        kubernetesGroups=several(names()),
        accessPolicies=policies.map(tuple),
        tags=tags(),
    )
    nodes = st.builds(
        s.AccessEntry,
        principalArn=st.sampled_from(ACCOUNTS).map("arn:aws:iam::{}:role/nodes/other".format),
        type=st.sampled_from(["EC2_LINUX", "EC2_WINDOWS", "HYBRID_LINUX", "FARGATE_LINUX", "HYPERPOD_LINUX"]),
    )
    return st.lists(people | nodes, max_size=3, unique_by=lambda entry: entry.principalArn).map(tuple)


def _policy(policy: s.AccessPolicy) -> str:
    return policy.policyArn


def addons() -> st.SearchStrategy[tuple[s.Addon, ...]]:
    association = st.builds(s.AddonPodIdentityAssociation, serviceAccount=names(), roleArn=role_arns())
    common = {
        "addonName": st.sampled_from([*s.DEFAULT_ADDON_NAMES, "aws-ebs-csi-driver", "metrics-server"]),
        "addonVersion": maybe(st.sampled_from(["v1.20.4-eksbuild.2", "v0.7.2", "1.2.3+build.7"])),
        "configurationValues": maybe(st.sampled_from(['{"replicaCount":2}', "replicaCount: 2\n"])),
        "resolveConflicts": maybe(st.sampled_from(["OVERWRITE", "NONE", "PRESERVE"])),
        "namespaceConfig": maybe(st.builds(s.AddonNamespaceConfig, namespace=names())),
        "tags": tags(),
    }
    addon = st.builds(s.Addon, serviceAccountRoleArn=maybe(role_arns()), **common) | st.builds(
        s.Addon, podIdentityAssociations=several(association, most=1), **common
    )
    return st.lists(addon, max_size=4, unique_by=lambda one: one.addonName).map(tuple) | st.just(s.DEFAULT_ADDONS)


def pod_identity_associations() -> st.SearchStrategy[tuple[s.PodIdentityAssociation, ...]]:
    members = {"namespace": names(), "serviceAccount": names(), "roleArn": role_arns(), "tags": tags()}
    plain = st.builds(
        s.PodIdentityAssociation,
        **members,
        disableSessionTags=st.booleans(),
        targetRoleArn=maybe(role_arns()),
    )
    narrowed = st.builds(
        s.PodIdentityAssociation,
        **members,
        disableSessionTags=st.just(value=True),
        policy=st.just('{"Statement":[],"Version":"2012-10-17"}'),
    )
    unique = st.lists(plain | narrowed, max_size=2, unique_by=lambda one: (one.namespace, one.serviceAccount))
    return unique.map(tuple)
