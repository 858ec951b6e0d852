"""The same request twice is done once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.twin.house import NAME, cluster_params, refusal

if TYPE_CHECKING:
    from tests.unit.twin.house import House

TOKEN = "t" * 64
OTHER = "o" * 64


def body(answer: Any) -> Any:  # noqa: ANN401 - any answer
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_a_replay_gets_the_first_answer_and_does_nothing(house: House) -> None:
    first = house.eks.create_cluster(**cluster_params(), clientRequestToken=TOKEN)
    house.wait(700)
    again = house.eks.create_cluster(**cluster_params(), clientRequestToken=TOKEN)
    assert body(again) == body(first)
    assert house.status() == "ACTIVE"
    assert house.eks.list_clusters()["clusters"] == [NAME]


def test_a_token_with_other_content_is_refused(house: House) -> None:
    house.eks.create_cluster(**cluster_params(), clientRequestToken=TOKEN)
    status, code, message, _ = refusal(
        lambda: house.eks.create_cluster(**cluster_params("other"), clientRequestToken=TOKEN)
    )
    assert (status, code) == (400, "InvalidParameterException")
    assert "other parameters" in message


def test_another_token_is_another_request(house: House) -> None:
    house.eks.create_cluster(**cluster_params(), clientRequestToken=TOKEN)
    refused = refusal(lambda: house.eks.create_cluster(**cluster_params(), clientRequestToken=OTHER))
    assert refused[1] == "ResourceInUseException"


def test_a_token_belongs_to_one_operation(active: House) -> None:
    active.eks.update_cluster_config(name=NAME, deletionProtection=True, clientRequestToken=TOKEN)
    active.eks.create_addon(clusterName=NAME, addonName="vpc-cni", clientRequestToken=TOKEN)
    assert active.eks.list_addons(clusterName=NAME)["addons"] == ["vpc-cni"]


def test_a_refused_request_may_try_again_with_its_token(house: House) -> None:
    params = cluster_params() | {"resourcesVpcConfig": {"subnetIds": ["subnet-a", "subnet-later"]}}
    assert refusal(lambda: house.eks.create_cluster(**params, clientRequestToken=TOKEN))[0] == 400
    house.world.known_subnets["subnet-later"] = house.world.known_subnets["subnet-b"].__class__(
        subnet_id="subnet-later", vpc_id="vpc-1", zone="eu-central-1b", zone_id="euc1-b", free_addresses=9
    )
    house.eks.create_cluster(**params, clientRequestToken=TOKEN)
    assert house.eks.list_clusters()["clusters"] == [NAME]


@pytest.mark.parametrize("length", [33, 126])
def test_the_shortest_and_the_longest_token(house: House, length: int) -> None:
    house.eks.create_cluster(**cluster_params(), clientRequestToken="t" * length)
    assert house.eks.list_clusters()["clusters"] == [NAME]


def test_a_replayed_update_starts_no_second_one(active: House) -> None:
    change: Any = {"name": NAME, "deletionProtection": True, "clientRequestToken": TOKEN}
    first = active.eks.update_cluster_config(**change)
    assert body(active.eks.update_cluster_config(**change)) == body(first)
    active.wait(120)
    assert body(active.eks.update_cluster_config(**change)) == body(first)
    assert active.eks.list_updates(name=NAME)["updateIds"] == [first["update"]["id"]]
