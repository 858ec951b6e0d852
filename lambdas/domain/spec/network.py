"""Where the cluster lives and who can reach it."""

from typing import Annotated, Literal

from lambdas.domain.constraints import Cidr, Distinct, Doc, Length, Pattern, Range
from lambdas.domain.frozen import dataclass
from lambdas.domain.spec.values import PRIVATE_BLOCKS, SecurityGroupId, SubnetId

ControlPlaneEgressMode = Literal["AWS_MANAGED", "CUSTOMER_ROUTED", "CUSTOMER_ISOLATED"]
IpFamily = Literal["ipv4", "ipv6"]

PublicCidr = Annotated[str, Cidr(0, 32, (), "203.0.113.0/24", ipv6=True)]
ServiceCidr = Annotated[str, Cidr(12, 24, PRIVATE_BLOCKS, "172.20.0.0/16")]
RemoteCidr = Annotated[str, Cidr(8, 32, PRIVATE_BLOCKS, "10.80.0.0/16")]
VpcCidr = Annotated[str, Cidr(16, 24, (*PRIVATE_BLOCKS, "100.64.0.0/10"), "10.0.0.0/16")]
VpcId = Annotated[str, Pattern("vpc-[0-9a-f]{8,17}", "a VPC id", "vpc-0a1b2c3d4e5f60718")]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVpc:
    """A VPC that Slipway makes for this cluster and takes away with it."""

    cidr: Annotated[
        VpcCidr,
        Doc(
            "The VPC's IPv4 addresses, a private block between /16 and /24. Each private subnet has a quarter of them, "
            "each public one a sixteenth, which for load balancers must be a /27: a VPC of /23. It cannot be changed.",
            "10.64.0.0/16",
        ),
    ] = "10.0.0.0/16"
    availabilityZones: Annotated[
        int,
        Range(2, 3),
        Doc("In how many availability zones it has a public and a private subnet; EKS wants at least two.", 3),
    ] = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpc:
    """Which VPC the cluster goes into, when its subnets are not named one by one. Exactly one member is given."""

    vpcId: Annotated[
        VpcId | None,
        Doc(
            "An existing VPC; its subnets in zones that EKS accepts are used.",
            "vpc-0a1b2c3d4e5f60718",
            absent="a VPC is made",
        ),
    ] = None
    create: Annotated[
        NewVpc | None,
        Doc(
            "A VPC of the cluster's own. Give an empty object for the defaults. Control plane and nodes are in its "
            "private subnets and reach the internet through one NAT gateway, which costs by the hour.",
            {"cidr": "10.64.0.0/16"},
            absent="the VPC exists already",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VpcConfig:
    """Subnets, security groups and endpoints of the control plane."""

    subnetIds: Annotated[
        tuple[SubnetId, ...],
        Distinct(),
        Doc(
            "Subnets in at least two availability zones, for the control plane's network interfaces and, unless a "
            "node group names its own, for the nodes.",
            ["subnet-0a1b2c3d4e5f60718", "subnet-18f6054e3d2c1b0a9"],
            absent="the subnets of `vpc`; without that, those of the default VPC",
        ),
    ] = ()
    securityGroupIds: Annotated[
        tuple[SecurityGroupId, ...],
        Length(0, 5),
        Distinct(),
        Doc(
            "Up to five security groups besides the one that EKS makes for the cluster.",
            ["sg-0a1b2c3d4e5f60718"],
        ),
    ] = ()
    endpointPublicAccess: Annotated[
        bool,
        Doc(
            "Whether the Kubernetes API has a public endpoint; it needs `publicAccessCidrs`. EKS's default is true.",
            example=True,
        ),
    ] = False
    endpointPrivateAccess: Annotated[
        bool,
        Doc("Whether the Kubernetes API has an endpoint inside the VPC. EKS's own default is false.", example=True),
    ] = True
    publicAccessCidrs: Annotated[
        tuple[PublicCidr, ...],
        Length(0, 40),
        Distinct(),
        Doc(
            "Who may reach the public endpoint. IPv6 blocks need `ipFamily: ipv6`. EKS's own default is 0.0.0.0/0.",
            ["203.0.113.0/24"],
        ),
    ] = ()
    allowPublicAccessFromAnywhere: Annotated[
        bool,
        Doc("Says that `publicAccessCidrs` covering the whole internet is meant. Not a member of EKS.", example=True),
    ] = False
    controlPlaneEgressMode: Annotated[
        ControlPlaneEgressMode,
        Doc(
            "Whose network the control plane's outgoing traffic uses. EKS cannot go back to AWS_MANAGED.",
            "CUSTOMER_ROUTED",
        ),
    ] = "AWS_MANAGED"


@dataclass(frozen=True, slots=True, kw_only=True)
class KubernetesNetworkConfig:
    """Addresses of pods and services. EKS cannot change them afterwards."""

    ipFamily: Annotated[IpFamily, Doc("Which addresses pods and services get.", "ipv6")] = "ipv4"
    serviceIpv4Cidr: Annotated[
        ServiceCidr | None,
        Doc(
            "The block of service addresses: private, between /12 and /24, apart from the VPC's. Not with ipv6.",
            "172.20.0.0/16",
            absent="EKS takes 10.100.0.0/16 or 172.20.0.0/16, whichever is not the VPC's",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteNetwork:
    """Networks on premises, for EKS hybrid nodes."""

    cidrs: Annotated[
        tuple[RemoteCidr, ...],
        Length(1, 15),
        Distinct(),
        Doc("Private IPv4 blocks, apart from the VPC's and the services'.", ["10.80.0.0/16"]),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteNetworkConfig:
    """The networks of EKS hybrid nodes."""

    remoteNodeNetworks: Annotated[
        tuple[RemoteNetwork, ...],
        Length(1, 1),
        Doc("Where hybrid nodes have their addresses: one entry.", [{"cidrs": ["10.80.0.0/16"]}]),
    ]
    remotePodNetworks: Annotated[
        tuple[RemoteNetwork, ...],
        Length(0, 1),
        Doc("Where pods on hybrid nodes have theirs: at most one entry.", [{"cidrs": ["10.85.0.0/16"]}]),
    ] = ()
