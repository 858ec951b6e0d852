from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from lambdas.aws.registry import Registry
from tests.house import make_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="module")
def client() -> Iterator[DynamoDBClient]:
    with mock_aws():
        yield boto3.client("dynamodb", region_name="eu-central-1")


@pytest.fixture
def registry(client: DynamoDBClient) -> Iterator[Registry]:
    """A registry with an empty table."""
    make_table(client)
    yield Registry(client, "registry")
    client.delete_table(TableName="registry")
