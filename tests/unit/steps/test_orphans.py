"""What bears our tag and belongs to no cluster that we know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lambdas.domain.names import OWNER_TAG, RoleKind, role_arn
from lambdas.domain.records import Tombstone
from lambdas.handlers import orphans as handler
from lambdas.steps.orphans import CONTRACT, LookTroubled
from tests.house import ACCOUNT, REGION, example, house
from tests.unit.steps.stage import HOME

if TYPE_CHECKING:
    from tests.house import House

BANK = "simple-bank"
ROLES = {role_arn(HOME, BANK, kind) for kind in RoleKind}
CLUSTER = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{BANK}"


def look(home: House) -> dict[str, Any]:
    home.calls.function = CONTRACT.name
    return handler.answer(home.around)


def forget(home: House, *, buried_at: str | None = None) -> None:
    """Take the cluster out of the registry, as if the table had been lost; or as a deletion leaves it."""
    home.calls.function = "somebody"
    table = home.around.aws.dynamodb
    table.delete_item(TableName="registry", Key={"pk": {"S": f"CLUSTER#{BANK}"}})
    if buried_at:
        buried = Tombstone(name=BANK, generation=1, deleted_at=buried_at)
        item = {"pk": f"CLUSTER#{BANK}", "name": BANK, "deletedAt": buried.deleted_at}
        table.put_item(
            TableName="registry",
            Item={**{name: {"S": value} for name, value in item.items()}, "generation": {"N": "1"}},
        )


def test_orphans() -> None:
    """One house for the whole story: it takes a run to fill it."""
    with house() as home:
        assert home.provision(example(BANK)).status == "SUCCEEDED"
        vpc, address = _network(home, "lost"), _address("lost")
        _network(home, BANK)
        _address("")

        assert look(home)["orphans"] == [vpc, address], "what belongs to a known cluster is none"
        told = [detail for kind, detail in home.hearing.heard if kind == "OrphanFound"]
        assert [(it["cluster"], it["resource"]) for it in told] == [("lost", vpc), ("lost", address)]

        forget(home, buried_at=home.clock.now().isoformat())
        assert look(home)["orphans"] == [vpc, address], "lists may lag behind a deletion"
        home.clock.advance(3600 + 1)
        answer = look(home)
        assert {CLUSTER, *ROLES} < set(answer["orphans"])
        assert not {vpc, address} & set(answer["told"]), "each is told of once"

        forget(home)
        again = look(home)
        assert (again["orphans"], again["told"]) == (answer["orphans"], [])

        assert home.calls.by_function[CONTRACT.name] == CONTRACT.calls()


def test_what_cannot_be_listed_keeps_nobody_from_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    with house() as home:
        address = _address("lost")
        denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListRoles")

        def refuse(_: str) -> None:
            raise denied

        monkeypatch.setattr(home.around.aws.iam, "get_paginator", refuse)
        with pytest.raises(LookTroubled, match=r"roles.*ListRoles"):
            look(home)
        assert [detail["resource"] for _, detail in home.hearing.heard] == [address]


def _network(home: House, owner: str) -> str:
    tags = [{"ResourceType": "vpc", "Tags": [{"Key": OWNER_TAG, "Value": owner}]}]
    vpc = boto3.client("ec2", region_name=REGION).create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=tags)["Vpc"]  # type: ignore[arg-type] # the stubs want literals
    return f"arn:aws:ec2:{home.around.settings.home().region}:{ACCOUNT}:vpc/{vpc['VpcId']}"


def _address(owner: str) -> str:
    ec2 = boto3.client("ec2", region_name=REGION)
    allocated = ec2.allocate_address(Domain="vpc")["AllocationId"]
    if owner:
        ec2.create_tags(Resources=[allocated], Tags=[{"Key": OWNER_TAG, "Value": owner}])
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:elastic-ip/{allocated}"
