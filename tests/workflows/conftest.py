from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import pytest

from lambdas.domain.names import OWNER_TAG, PART_TAG
from tests.house import ACCOUNT, example, house
from tests.invariants import things
from tests.workflows.attempts import A_WHILE, Attempts, account_of, quietly, spec
from tests.workflows.bank import BANK, HOURS
from tests.workflows.clockwork import Clockwork
from tests.workflows.demolition import Site, inventory
from tests.workflows.own_vpc.ground import undone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_ec2.type_defs import TagTypeDef

    from tests.house import House
    from tests.workflows.attempts import Quiet

_numbers = count(10)
_sites = count(1)


@pytest.fixture
def clockwork() -> Iterator[Clockwork]:
    """A cluster that was made in the morning."""
    with house() as home:
        home.provision(example(BANK))
        found = Clockwork(home)
        found.end_of_provisioning()
        yield found


@pytest.fixture
def planned(clockwork: Clockwork) -> Clockwork:
    """The same, with a calendar."""
    clockwork.plan(BANK, HOURS)
    clockwork.settle()
    return clockwork


@pytest.fixture(scope="module")
def street() -> Iterator[House]:
    """A house in whose account others keep things that look like ours."""
    with house() as home:
        _move_in(home)
        yield home


@pytest.fixture(scope="module")
def quiet(street: House) -> Callable[[str], Quiet]:
    """How a run of a kind of spec goes that nobody disturbs."""
    known: dict[str, Quiet] = {}

    def of(kind: str) -> Quiet:
        if kind not in known:
            known[kind] = quietly(street, kind)
        return known[kind]

    return of


@pytest.fixture
def attempts(street: House, quiet: Callable[[str], Quiet]) -> Iterator[Callable[[str], Attempts]]:
    """Starts the attempts at a cluster of the test's own; what they make is forgotten afterwards."""
    clusters = street.twin._core.clusters
    neighbours = dict(clusters)

    def at(kind: str) -> Attempts:
        model, account = quiet(kind), account_of(street)
        street.wire.forget()
        wanted = replace(spec(kind), name=f"quay-{next(_numbers)}")
        return Attempts(street, wanted, model, account, things(account))

    with undone(ACCOUNT):
        yield at
    clusters.clear()
    clusters.update(neighbours)


@pytest.fixture(scope="module")
def quarter(street: House) -> Clockwork:
    """The street, once nothing about the neighbours changes any more."""
    clockwork = Clockwork(street)
    clockwork.end_of_provisioning()
    street.clock.advance(A_WHILE)
    return clockwork


@pytest.fixture
def site(quarter: Clockwork) -> Iterator[Site]:
    """A place for the test's own cluster."""
    quarter.home.wire.forget()
    yield Site(quarter.home, quarter, f"quay-1{next(_sites)}", inventory(quarter.home))
    quarter.end_of_provisioning()


def _move_in(home: House) -> None:
    """A cluster whose name begins as ours do, and a role, a VPC and an address that look as if they were ours."""
    assert home.provision(replace(spec("all sorts"), name="quay-1")).status == "SUCCEEDED"
    iam, ec2 = home.around.aws.iam, home.around.aws.ec2
    iam.create_role(RoleName="slipway-quay-10", Path="/slipway/", AssumeRolePolicyDocument="{}")
    tags: list[TagTypeDef] = [{"Key": OWNER_TAG, "Value": "quay-1"}, {"Key": "Name", "Value": "quay-10-vpc"}]
    vpc = ec2.create_vpc(CidrBlock="10.64.0.0/16")["Vpc"]["VpcId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    for thing, part in ((vpc, "vpc"), (address, "elastic-ip")):
        ec2.create_tags(Resources=[thing], Tags=[*tags, {"Key": PART_TAG, "Value": part}])
