"""Whatever is wrong with a body is told with field and remedy, and nothing at all has happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.api.bodies import BAD_INPUT, MALFORMED, Refusal, require_refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.api.conftest import Client

READS = ("Describe", "Get", "List", "Query", "Scan")


@pytest.fixture
def untouched(client: Client) -> Iterator[None]:
    """Nothing is written, started or changed while this holds."""
    home = client.home
    home.calls.by_function.clear()
    before = home.twin.inventory()
    yield
    asked = {action for actions in home.calls.by_function.values() for action in actions}
    assert {action for action in asked if not action.partition(":")[2].startswith(READS)} == set()
    aws = home.around.aws
    assert aws.dynamodb.scan(TableName=home.around.settings.table)["Items"] == []
    machine = f"{home.around.settings.state_machine_prefix}provision"
    assert aws.stepfunctions.list_executions(stateMachineArn=machine)["executions"] == []
    assert home.twin.inventory() == before


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("route", ["/clusters", "/plan"])
@pytest.mark.parametrize("refusal", [*BAD_INPUT, *MALFORMED], ids=str)
@pytest.mark.parametrize("wrapped", [True, False], ids=["base 64", "text"])
def test_it_is_refused(client: Client, route: str, refusal: Refusal, *, wrapped: bool) -> None:
    # The gateway hands a body on as text, or in base 64 where the API has binary media types.
    body = refusal.body if wrapped else refusal.body.decode(errors="replace")
    answer = client.send("POST", route, body)
    require_refusal(refusal, answer.status, answer.content_type, answer.json)


def test_there_are_enough_of_them() -> None:
    assert len({refusal.name for refusal in MALFORMED}) == len(MALFORMED) >= 40
