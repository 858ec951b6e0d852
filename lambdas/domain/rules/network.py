"""Rules about where the cluster lives and who can reach it."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network

from lambdas.domain.refusal import FieldError, Path
from lambdas.domain.rules.common import wrong
from lambdas.domain.spec import ClusterSpec

LEAST_SUBNETS = 2


def an_endpoint_is_on(spec: ClusterSpec) -> Iterator[FieldError]:
    """EKS refuses a cluster whose API nobody can reach."""
    config = spec.resourcesVpcConfig
    if not config.endpointPublicAccess and not config.endpointPrivateAccess:
        yield wrong(
            ("resourcesVpcConfig", "endpointPrivateAccess"),
            "endpointPrivateAccess and endpointPublicAccess are both false, so nobody could reach the Kubernetes API.",
            "Leave endpointPrivateAccess out, or set it to true.",
        )


def public_endpoint_names_who_may_come(spec: ClusterSpec) -> Iterator[FieldError]:
    """EKS would open the endpoint to the whole internet if nobody is named."""
    config = spec.resourcesVpcConfig
    if config.endpointPublicAccess and not config.publicAccessCidrs:
        yield wrong(
            ("resourcesVpcConfig", "publicAccessCidrs"),
            "endpointPublicAccess is true, but publicAccessCidrs does not say who may reach the endpoint.",
            "Name the blocks of your offices and runners, for example publicAccessCidrs: [203.0.113.0/24].",
        )
    if config.publicAccessCidrs and not config.endpointPublicAccess:
        yield wrong(
            ("resourcesVpcConfig", "publicAccessCidrs"),
            "publicAccessCidrs is given, but endpointPublicAccess is not true, so there is no public endpoint.",
            "Set endpointPublicAccess to true, or leave publicAccessCidrs out.",
        )


def anywhere_is_said_aloud(spec: ClusterSpec) -> Iterator[FieldError]:
    """The whole internet, be it in several blocks, needs a second word."""
    config = spec.resourcesVpcConfig
    if is_everywhere(config.publicAccessCidrs) and not config.allowPublicAccessFromAnywhere:
        yield wrong(
            ("resourcesVpcConfig", "publicAccessCidrs"),
            "publicAccessCidrs opens the Kubernetes API to the whole internet.",
            "Name narrower blocks; if the whole internet is meant, add allowPublicAccessFromAnywhere: true.",
        )


def is_everywhere(cidrs: Iterable[str]) -> bool:
    """Answer whether blocks are the whole internet together, in IPv4 or in IPv6."""
    blocks = [ip_network(cidr) for cidr in cidrs]
    four = [block for block in blocks if isinstance(block, IPv4Network)]
    six = [block for block in blocks if isinstance(block, IPv6Network)]
    four_everywhere = any(block.prefixlen == 0 for block in collapse_addresses(four))
    return four_everywhere or any(block.prefixlen == 0 for block in collapse_addresses(six))


def ipv6_blocks_need_ipv6(spec: ClusterSpec) -> Iterator[FieldError]:
    """The public endpoint has IPv6 addresses on IPv6 clusters only."""
    if spec.kubernetesNetworkConfig.ipFamily == "ipv6":
        return
    for place, cidr in enumerate(spec.resourcesVpcConfig.publicAccessCidrs):
        if ":" in cidr:
            yield wrong(
                ("resourcesVpcConfig", "publicAccessCidrs", place),
                f"publicAccessCidrs names the IPv6 block {cidr}, but the cluster's ipFamily is ipv4.",
                "Name IPv4 blocks, or set kubernetesNetworkConfig.ipFamily to ipv6.",
            )


def enough_subnets(spec: ClusterSpec) -> Iterator[FieldError]:
    """EKS wants subnets in two availability zones; one subnet cannot be in two."""
    if 0 < len(spec.resourcesVpcConfig.subnetIds) < LEAST_SUBNETS:
        yield wrong(
            ("resourcesVpcConfig", "subnetIds"),
            "subnetIds names one subnet, but EKS wants subnets in at least two availability zones.",
            "Add a subnet of another availability zone.",
        )


def one_answer_to_where(spec: ClusterSpec) -> Iterator[FieldError]:
    """Subnets, a VPC and a new VPC exclude each other."""
    if spec.vpc is None:
        return
    if (spec.vpc.vpcId is None) == (spec.vpc.create is None):
        yield wrong(
            ("vpc",),
            "vpc must have exactly one of the members vpcId and create.",
            "Give vpcId for an existing VPC, or create: {} for one of the cluster's own.",
        )
    if spec.resourcesVpcConfig.subnetIds:
        yield wrong(
            ("vpc",),
            "vpc and resourcesVpcConfig.subnetIds both say where the cluster goes.",
            "Leave vpc out: the subnets say which VPC it is.",
        )


def nothing_lies_in_a_new_vpc(spec: ClusterSpec) -> Iterator[FieldError]:
    """What exists already cannot be in a VPC that is yet to be made."""
    if spec.vpc is None or spec.vpc.create is None:
        return
    remedy = "Leave it out, or give vpc.vpcId or resourcesVpcConfig.subnetIds instead of vpc.create."
    if spec.resourcesVpcConfig.securityGroupIds:
        path = ("resourcesVpcConfig", "securityGroupIds")
        yield wrong(path, "securityGroupIds names groups that cannot be in the VPC that vpc.create makes.", remedy)
    for place, group in enumerate(spec.nodegroups):
        if group.subnets:
            yield wrong(
                ("nodegroups", place, "subnets"),
                "subnets names subnets that cannot be in the VPC that vpc.create makes.",
                remedy,
            )
        if group.remoteAccess is not None:
            yield wrong(
                ("nodegroups", place, "remoteAccess", "sourceSecurityGroups"),
                "sourceSecurityGroups names groups that cannot be in the VPC that vpc.create makes.",
                remedy,
            )


def ipv6_has_no_ipv4_services(spec: ClusterSpec) -> Iterator[FieldError]:
    """EKS chooses the service block of an IPv6 cluster itself."""
    network = spec.kubernetesNetworkConfig
    if network.ipFamily == "ipv6" and network.serviceIpv4Cidr is not None:
        yield wrong(
            ("kubernetesNetworkConfig", "serviceIpv4Cidr"),
            "serviceIpv4Cidr cannot be given when ipFamily is ipv6.",
            "Leave serviceIpv4Cidr out: EKS gives an IPv6 cluster its service addresses.",
        )


def ipv6_needs_the_vpc_cni(spec: ClusterSpec) -> Iterator[FieldError]:
    """EKS gives IPv6 addresses to pods through its own network plug-in only."""
    if spec.kubernetesNetworkConfig.ipFamily == "ipv6" and "vpc-cni" in spec.omitDefaultAddons:
        yield wrong(
            ("omitDefaultAddons",),
            "omitDefaultAddons names vpc-cni, but a cluster whose ipFamily is ipv6 needs it.",
            "Take vpc-cni out of omitDefaultAddons, or set ipFamily to ipv4.",
        )


def hybrid_nodes_need_ipv4(spec: ClusterSpec) -> Iterator[FieldError]:
    """Remote networks are IPv4 networks."""
    if spec.remoteNetworkConfig is not None and spec.kubernetesNetworkConfig.ipFamily == "ipv6":
        yield wrong(
            ("remoteNetworkConfig",),
            "remoteNetworkConfig cannot be given when ipFamily is ipv6: hybrid nodes use IPv4.",
            "Leave remoteNetworkConfig out, or set ipFamily to ipv4.",
        )


def networks_lie_apart(spec: ClusterSpec) -> Iterator[FieldError]:
    """An address must say unambiguously whether it is a service, a node of the VPC, or a hybrid node or pod."""
    named = list(_named_networks(spec))
    for place, (path, cidr) in enumerate(named):
        for other_path, other in named[:place]:
            if path[:2] != other_path[:2] and IPv4Network(cidr).overlaps(IPv4Network(other)):
                yield wrong(
                    path,
                    f"{_member(path)} has the block {cidr}, which overlaps {other} of {_member(other_path)}.",
                    "Choose blocks that have no address in common.",
                )


def _member(path: Path) -> str:
    return next(step for step in reversed(path) if isinstance(step, str))


def _named_networks(spec: ClusterSpec) -> Iterator[tuple[Path, str]]:
    if spec.vpc is not None and spec.vpc.create is not None:
        yield ("vpc", "create", "cidr"), spec.vpc.create.cidr
    if spec.kubernetesNetworkConfig.serviceIpv4Cidr is not None:
        yield ("kubernetesNetworkConfig", "serviceIpv4Cidr"), spec.kubernetesNetworkConfig.serviceIpv4Cidr
    if spec.remoteNetworkConfig is None:
        return
    remote = spec.remoteNetworkConfig
    lists = {"remoteNodeNetworks": remote.remoteNodeNetworks, "remotePodNetworks": remote.remotePodNetworks}
    for member, networks in lists.items():
        for place, network in enumerate(networks):
            for index, cidr in enumerate(network.cidrs):
                yield ("remoteNetworkConfig", member, place, "cidrs", index), cidr


NETWORK_RULES = (
    an_endpoint_is_on,
    public_endpoint_names_who_may_come,
    anywhere_is_said_aloud,
    ipv6_blocks_need_ipv6,
    enough_subnets,
    one_answer_to_where,
    nothing_lies_in_a_new_vpc,
    ipv6_has_no_ipv4_services,
    ipv6_needs_the_vpc_cni,
    hybrid_nodes_need_ipv4,
    networks_lie_apart,
)
