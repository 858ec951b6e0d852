"""How a cluster's own VPC is divided: the same blocks at every look, however many zones are asked for.

The first three quarters of the VPC are private subnets, for nodes and pods. The public ones hold little more than a
NAT gateway and load balancers: each is a sixteenth of the VPC, out of the last quarter. As no block depends on the
number of zones, asking for a third zone later moves nothing.
"""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import Final

from lambdas.domain.frozen import dataclass
from lambdas.domain.placement import UNSUPPORTED_ZONE_IDS

MAX_ZONES: Final = 3
_LAST_QUARTER: Final = 3
_FIRST_PUBLIC_IPV6: Final = 16
"""EC2 gives a VPC 256 blocks of /64: the private subnets count from 0, the public ones from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """One subnet to be: ``slot`` counts the zones from 0, ``cidr`` is its IPv4 block."""

    slot: int
    public: bool
    cidr: str

    @property
    def name(self) -> str:
        """``public-1`` or ``private-1``."""
        return f"{'public' if self.public else 'private'}-{self.slot + 1}"

    @property
    def role_tag(self) -> str:
        """The tag by which the AWS Load Balancer Controller finds subnets for load balancers of either scheme."""
        return "kubernetes.io/role/elb" if self.public else "kubernetes.io/role/internal-elb"

    def ipv6_cidr(self, vpc: str) -> str:
        """The subnet's /64 out of the VPC's IPv6 block, which EC2 chooses as a /56."""
        block = list(IPv6Network(vpc).subnets(new_prefix=64))[self.slot + self.public * _FIRST_PUBLIC_IPV6]
        return str(block)


@dataclass(frozen=True, slots=True)
class Zone:
    """An availability zone: its name in this account and its id, which means the same in all accounts."""

    name: str
    id: str


def plots(vpc: str, zones: int) -> tuple[Plot, ...]:
    """A public and a private subnet for each of so many zones. ``vpc`` is an IPv4 block between /16 and /24."""
    quarters = [str(block) for block in IPv4Network(vpc).subnets(prefixlen_diff=2)]
    sixteenths = [str(block) for block in IPv4Network(quarters[_LAST_QUARTER]).subnets(prefixlen_diff=2)]
    return (
        *(Plot(slot=slot, public=True, cidr=sixteenths[slot]) for slot in range(zones)),
        *(Plot(slot=slot, public=False, cidr=quarters[slot]) for slot in range(zones)),
    )


def zones_by_slot(offered: Iterable[Zone], taken: Mapping[int, str], wanted: int) -> dict[int, str]:
    """The zone's name for each slot. Slots that have a subnet keep its zone; the others get the next ones by name.

    Zones in which EKS makes no control planes are passed over. Slots for which no zone is left are missing.
    """
    names = sorted(zone.name for zone in offered if zone.id not in UNSUPPORTED_ZONE_IDS)
    free = [name for name in names if name not in taken.values()]
    open_slots = [slot for slot in range(wanted) if slot not in taken]
    return {**taken, **dict(zip(open_slots, free, strict=False))}
