"""The provision workflow with a VPC to be made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.house import example, house

if TYPE_CHECKING:
    from tests.house import House

    Json = dict[str, Any]


@dataclass
class Busy:
    """EC2 refuses one call, because there are too many: the ``nth`` of an operation."""

    operation: str
    nth: int
    asked: Counter[str] = field(default_factory=Counter)

    def settle_in(self, home: House) -> None:
        home.around.aws.ec2.meta.events.register(f"before-call.ec2.{self.operation}", self._answer)  # type: ignore[arg-type] # may answer

    def _answer(self, **_: object) -> tuple[SimpleNamespace, Json] | None:
        self.asked[self.operation] += 1
        if self.asked[self.operation] != self.nth:
            return None
        refusal = {"Code": "RequestLimitExceeded", "Message": "Request limit exceeded."}
        return SimpleNamespace(status_code=503), {"Error": refusal, "ResponseMetadata": {"HTTPStatusCode": 503}}


def test_the_example_becomes_a_cluster_in_private_subnets() -> None:
    with house() as home:
        _becomes_the_example(home)


@pytest.mark.parametrize(
    ("operation", "nth"),
    [("DescribeSubnets", 3), ("DescribeSubnets", 4), ("CreateSubnet", 1), ("CreateSubnet", 2), ("CreateNatGateway", 1)],
)
def test_what_is_half_made_when_ec2_refuses_a_call_is_made_whole(operation: str, nth: int) -> None:
    with house() as home:
        busy = Busy(operation, nth)
        busy.settle_in(home)
        _becomes_the_example(home)
        assert busy.asked[operation] > nth
        gateways = home.around.aws.ec2.describe_nat_gateways()["NatGateways"]
        assert [it["State"] for it in gateways] == ["available"]
        assert home.plan(example("own-vpc")) == ()


def _becomes_the_example(home: House) -> None:
    execution = home.provision(example("own-vpc"))
    assert (execution.status, execution.cause) == ("SUCCEEDED", "")
    record = home.around.registry.cluster("own-vpc")
    assert record is not None
    network, cluster = (record.observed[name] for name in ("network", "cluster"))
    assert isinstance(network, dict)
    assert isinstance(cluster, dict)
    assert cluster["subnetIds"] == list(network["subnets"])
    assert cluster["vpcId"] == network["vpcId"]
    assert len(network["publicSubnets"]) == 2
