"""How a VPC of the cluster's own goes, with all its parts and nothing else."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain import pacing
from lambdas.domain.existing import DELETED
from lambdas.domain.progress import Ready, Waiting
from lambdas.domain.spec import ClusterSpec
from tests.unit.steps.refusals import throttled
from tests.workflows.own_vpc.ground import ONE_OF_EACH, Died, Site, changes, counts, new_spec, part

if TYPE_CHECKING:
    from tests.workflows.own_vpc.ground import Wire

NOTHING = dict.fromkeys(ONE_OF_EACH, 0)


def remains(site: Site) -> dict[str, int]:
    """How much there is; EC2 shows NAT gateways for an hour after they are gone."""
    gone = sum(it["State"] == "deleted" for it in site.things()["NatGateways"])
    found = counts(site)
    return {**found, "NatGateways": found["NatGateways"] - gone}


@pytest.fixture
def standing(site: Site) -> Site:
    """A cluster whose VPC is complete, in the hands of the run that deletes it."""
    site.converge()
    site.run = "run-2"
    site.wire.__init__()  # type: ignore[misc] # the clients keep this very object
    return site


@pytest.mark.parametrize("ipv6", [False, True])
def test_all_of_it_goes_and_is_told(site: Site, *, ipv6: bool) -> None:
    site.spec = new_spec("bank", ipv6=ipv6)
    site.converge()
    known = set(site.observed)
    site.demolish()
    assert remains(site) == NOTHING
    assert {path for path, facts in site.observed.items() if facts == {"status": DELETED}} == known


def test_a_death_after_every_change_does_no_harm(standing: Site, wire: Wire) -> None:
    wire.deadly = True
    for _ in range(40):
        with suppress(Died):
            standing.remove()
    wire.deadly = False
    standing.observed = {}
    standing.demolish()
    assert remains(standing) == NOTHING


def test_nothing_goes_before_what_needs_it(standing: Site, wire: Wire) -> None:
    def still_there(parsed: Any) -> None:  # noqa: ANN401 -- JSON
        for gateway in parsed["NatGateways"]:
            gateway["State"] = "deleting"

    wire.edits["DescribeNatGateways"] = still_there
    for _ in range(10):
        assert "network" not in standing.remove()
    reports = standing.remove()
    assert set(changes(wire.calls)) == {"DisassociateRouteTable", "DeleteRouteTable"}
    assert reports["network/nat-gateway"].progress == pacing.DELETING.wait("deleting")
    assert reports["network/elastic-ip"].progress == pacing.AFTER_OTHERS.wait("what needs it goes first")


def test_what_is_gone_already_is_not_asked_for(standing: Site, wire: Wire) -> None:
    standing.demolish()
    wire.calls.clear()
    reports = standing.remove()
    assert {report.progress for report in reports.values()} == {Ready()}
    assert changes(wire.calls) == []


def test_others_vpcs_stay(standing: Site) -> None:
    tags: Any = [{"Key": "slipway/cluster", "Value": "bench"}, {"Key": "slipway/part", "Value": "vpc"}]
    vpc = standing.ec2.create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])[
        "Vpc"
    ]["VpcId"]
    before = {it["VpcId"] for it in standing.everything()["Vpcs"]} - {part(standing, "Vpcs", "vpc")["VpcId"]}
    standing.demolish()
    assert {it["VpcId"] for it in standing.everything()["Vpcs"]} == before
    assert vpc in before


@pytest.mark.parametrize("call", ["DeleteSubnet", "DeleteVpc", "DeleteNatGateway", "ReleaseAddress"])
def test_what_others_use_is_waited_for_and_named(standing: Site, wire: Wire, call: str) -> None:
    wire.refusals[call] = "DependencyViolation"
    for _ in range(20):
        standing.remove()
    waiting = [it.progress for it in standing.remove().values() if isinstance(it.progress, Waiting)]
    (refused,) = {it for it in waiting if it.reason == pacing.STILL_IN_USE.reason}
    assert refused.overdue is not None
    assert call in refused.overdue.cause
    assert "delete the cluster again" in refused.overdue.remedy
    del wire.refusals[call]
    standing.demolish()
    assert remains(standing) == NOTHING


@pytest.mark.parametrize("code", ["InvalidSubnetID.NotFound", "InvalidVpcID.NotFound", "NatGatewayNotFound"])
def test_what_a_read_still_shows_is_looked_for_again(standing: Site, wire: Wire, code: str) -> None:
    wire.refusals["DeleteNatGateway"] = code
    progress = standing.remove()["network/nat-gateway"].progress
    assert isinstance(progress, Waiting)
    assert progress.reason == pacing.NOT_THERE_YET.reason


def test_a_read_that_fails_is_made_again(standing: Site, wire: Wire) -> None:
    wire.refusals["DescribeSubnets"] = "RequestLimitExceeded"
    (report,) = standing.remove().values()
    assert (report.resource, report.progress) == ("network", throttled("DescribeSubnets"))


def test_given_subnets_are_not_looked_at(standing: Site, wire: Wire) -> None:
    standing.spec = ClusterSpec(name=standing.spec.name)
    assert standing.remove() == {}
    assert wire.calls == []
