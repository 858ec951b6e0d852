"""The registry after one cluster was made: its items as DynamoDB sends them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from lambdas.domain.runs import RunStatus
from lambdas.domain.table import PARTITION_KEY
from tests.house import REGION, example, house

if TYPE_CHECKING:
    from lambdas.settings import Settings

ENVIRONMENT: Final = {
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
}
"""What Lambda tells functions."""
EXAMPLE: Final = "simple-bank"
Items = dict[str, dict[str, Any]]
"""By partition key."""


def provisioned() -> tuple[Items, Settings, str]:
    """Make the example's cluster in process: all items then, the settings, and the id of the run."""
    with mock.patch.dict(os.environ, ENVIRONMENT), house() as home:
        spec = example(EXAMPLE)
        _, run = home.accept(spec)
        home.execute(run)
        assert home.run(run.id).status is RunStatus.SUCCEEDED
        settings = home.around.settings
        found = home.around.aws.dynamodb.scan(TableName=settings.table)["Items"]
    return {it[PARTITION_KEY]["S"]: dict(it) for it in found}, settings, run.id
