"""The events: what tells one happening from another, and what their schemas say of them."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest
from jsonschema import Draft202012Validator

from docs.event_reference import schemas
from docs.generate import ROOT
from lambdas.domain import events
from lambdas.domain.events import (
    EVENTS,
    FOR_A_PERSON,
    ClusterFailed,
    Differing,
    Event,
    Notice,
    drift_found,
    drift_repaired,
    nodegroup_degraded,
    orphan_found,
)
from lambdas.domain.issues import Issue
from tests.hearing import validator

if TYPE_CHECKING:
    from collections.abc import Iterator

AT, LATER = "2026-11-21T09:00:00+00:00", "2026-11-21T10:00:00+00:00"
VERSION = Differing("cluster", "version", "it is 1.34 and is to be 1.35")
LABELS = Differing("nodegroups/work", "labels", "tier is back and is to be front")
UNWELL = Issue(code="AsgInstanceLaunchFailures", message="No room.", resource_ids=("asg-1",))
ROLE = "arn:aws:iam::000000000000:role/slipway/slipway-gone-node"
SAID = [
    drift_found("bank", 2, AT, [VERSION], since=AT, repair=False),
    drift_repaired("bank", 2, LATER, [VERSION], since=AT, run="bank-provision-2-4"),
    drift_repaired("bank", 2, LATER, [VERSION], since=AT, run=None),
    nodegroup_degraded("bank", 2, AT, "work", [UNWELL], since=AT),
    orphan_found("gone", AT, ROLE),
]


def classes() -> Iterator[type[Event]]:
    return (it for it in vars(events).values() if isinstance(it, type) and issubclass(it, Event) and it is not Event)


def test_every_kind_is_in_the_list() -> None:
    assert list(classes()) == list(EVENTS)
    assert set(FOR_A_PERSON) < set(EVENTS)


@pytest.mark.parametrize("event", SAID, ids=lambda event: type(event).__name__)
def test_what_is_said_is_what_the_schema_says(event: Event) -> None:
    validator(type(event).__name__).validate(msgspec.json.decode(Notice.of(event).detail))


@pytest.mark.parametrize("kind", EVENTS)
def test_a_schema_is_sound_and_names_every_member_and_wants_it(kind: type[Event]) -> None:
    schema = schemas()[kind.__name__]
    Draft202012Validator.check_schema(schema)
    names = {member.name for member in fields(kind)}
    assert set(schema["properties"]) == set(schema["required"]) == names


@pytest.mark.parametrize("kind", EVENTS)
def test_the_reference_has_each_event_with_its_schema(kind: type[Event]) -> None:
    text = (ROOT / "docs" / "events.md").read_text()
    (block,) = re.findall(rf"\n## {kind.__name__}\n.*?```json\n(.*?)```", text, re.DOTALL)
    printed = msgspec.json.decode(block)
    assert printed.items() <= schemas()[kind.__name__].items()
    for part in set(re.findall(r"#/\$defs/(\w+)", block)):
        assert f'"title": "{part}"' in text


def test_the_same_drift_is_one_event_and_other_drift_is_another() -> None:
    def identity(*differs: Differing, at: str = AT, since: str = AT) -> str:
        return drift_found("bank", 2, at, differs, since=since, repair=True).id

    assert identity(VERSION, LABELS) == identity(LABELS, VERSION, at=LATER)
    assert len({identity(VERSION), identity(LABELS), identity(VERSION, LABELS), identity(VERSION, since=LATER)}) == 4


def test_a_node_group_that_is_still_unwell_is_no_news() -> None:
    first, again = (nodegroup_degraded("bank", 2, at, "work", [UNWELL], since=AT) for at in (AT, LATER))
    assert first.id == again.id
    assert nodegroup_degraded("bank", 2, LATER, "work", [UNWELL], since=LATER).id != first.id
    assert "AsgInstanceLaunchFailures: No room." in first.message


def test_an_orphan_is_told_of_once() -> None:
    assert orphan_found("gone", AT, ROLE).id == orphan_found("gone", LATER, ROLE).id == f"OrphanFound/{ROLE}"


def test_only_drift_that_no_run_repairs_asks_for_something() -> None:
    assert "PUT /clusters/bank" in drift_found("bank", 2, AT, [VERSION], since=AT, repair=False).message
    assert "PUT" not in drift_found("bank", 2, AT, [VERSION], since=AT, repair=True).message


def test_a_change_of_several_members_is_told_once() -> None:
    told = drift_found("bank", 2, AT, [LABELS, VERSION, replace(LABELS, field="taints")], since=AT, repair=False)
    assert told.message.count(LABELS.reason) == 1
    assert [it.field for it in told.differs] == ["labels", "version", "taints"]


def test_an_event_is_kept_for_ninety_days() -> None:
    notice = Notice.of(orphan_found("gone", AT, ROLE))
    assert (notice.type, notice.published_at) == ("OrphanFound", None)
    assert datetime.fromtimestamp(notice.expires_at, UTC) == datetime(2027, 2, 19, 9, tzinfo=UTC)


def test_a_detail_that_lacks_a_member_is_refused() -> None:
    assert not validator(ClusterFailed.__name__).is_valid({"id": "ClusterFailed/x"})
    assert not validator("OrphanFound").is_valid({**msgspec.to_builtins(SAID[-1]), "more": 1})
