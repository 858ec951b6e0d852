"""Several callers at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.unit.twin.asking import operation_of, request_of
from tests.unit.twin.house import NAME, nodegroup_params

if TYPE_CHECKING:
    from tests.unit.twin.house import House


def test_of_many_that_create_the_same_one_succeeds(active: House) -> None:
    request = request_of(operation_of("CreateNodegroup"), nodegroup_params())

    def create(_number: int) -> int:
        response = active.twin.handle(request)
        assert response is not None
        return response.status

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(create, range(40)))
    assert statuses == [200] + [409] * 39


def test_a_token_shared_by_many_makes_one_update(active: House) -> None:
    params = {"name": NAME, "deletionProtection": True, "clientRequestToken": "t" * 64}
    request = request_of(operation_of("UpdateClusterConfig"), params)

    def update(_number: int) -> str:
        response = active.twin.handle(request)
        assert response is not None
        return str(json.loads(response.body)["update"]["id"])

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(update, range(40)))) == 1
    assert len(active.eks.list_updates(name=NAME)["updateIds"]) == 1
