from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moto import mock_aws

from lambdas.aws.registry import Registry
from tests.house import make_table
from tests.quick import new_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="module")
def client() -> Iterator[DynamoDBClient]:
    with mock_aws():
        yield new_session("eu-central-1").client("dynamodb")


@pytest.fixture
def registry(client: DynamoDBClient) -> Iterator[Registry]:
    """A registry with an empty table."""
    make_table(client)
    yield Registry(client, "registry")
    client.delete_table(TableName="registry")
