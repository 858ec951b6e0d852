"""What tests.quick makes moto and botocore remember changes nothing but the time it takes."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import moto.backend_index
from moto.core import botocore_stubber

from tests import quick
from tests.house import house
from tests.workflows.attempts import spec

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from tests.house import House

MADE_UP = re.compile(
    r"\b(?:[a-z]+-(?:[a-z]+-)?[0-9a-f]{17}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|A[A-Z]{3}[A-Z0-9]{16,17})\b"
)
"""What moto draws by chance: ids of EC2, UUIDs, and unique ids of IAM."""
FRESH = re.compile(r"\b20\d\d-\d\d-\d\d[T ][0-9:.]+(?:Z|\+00:00)?|\b1\d{12}\b")
"""What moto takes from the clock on the wall: instants, and milliseconds since 1970."""


class Ear:
    """Hears all answers that the house's functions get."""

    def __init__(self, home: House) -> None:
        self.answers: Counter[tuple[str, str]] = Counter()
        home.wire.session.events.register("after-call", self._hear)

    def _hear(self, model: OperationModel, parsed: dict[str, Any], **_: object) -> None:
        said = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
        status = parsed["ResponseMetadata"]["HTTPStatusCode"]
        self.answers[f"{model.service_model.service_name}:{model.name} {status}", plain(said)] += 1


def plain(value: object) -> str:
    """A value as text, with numbers in the order in which they come for what is made up by chance."""
    text = FRESH.sub("then", json.dumps(value, sort_keys=True, default=str))
    known: dict[str, str] = {}
    return MADE_UP.sub(lambda found: known.setdefault(found[0], f"#{len(known)}"), text)


def lived() -> dict[str, object]:
    """A cluster with all sorts of things comes and goes: what was asked, answered and written down meanwhile."""
    wanted = replace(spec("all sorts"), deletionProtection=False)
    with house() as home:
        ear = Ear(home)
        ends = [home.provision(wanted), home.execute(home.delete(wanted.name)[1])]
        return {
            "ends": [(end.status, end.states, plain(end.output)) for end in ends],
            "changes": [(call.name, plain(call.content)) for call in home.wire.changed],
            "registry": plain(home.around.aws.dynamodb.scan(TableName=home.around.settings.table)["Items"]),
            "answers": ear.answers,
        }


def test_what_is_remembered_changes_no_answer() -> None:
    with quick.forgetting():
        assert vars(botocore_stubber)["backend_index"] is moto.backend_index
        expected = lived()
    assert vars(botocore_stubber)["backend_index"] is not moto.backend_index
    found = lived()
    for what, value in expected.items():
        assert found[what] == value, what
    assert {end[0] for end in expected["ends"]} == {"SUCCEEDED"}  # type: ignore[attr-defined] # a list
