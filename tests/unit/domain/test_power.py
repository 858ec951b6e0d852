"""What is left to do about a cluster's nights, from what is asked for, what was seen and the clock."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas.domain.calendar import (
    Calendar,
    Hours,
    NodegroupNight,
    Override,
    State,
    Window,
    calendar_from_text,
    override_from_text,
    savings_from_text,
    schedules_hash,
    to_text,
)
from lambdas.domain.power import Night, aim, due, groups, outcome, power, remembered, risks, wanted
from lambdas.domain.records import ClusterRecord, Power, Sizes
from lambdas.domain.schedule_showing import night_conditions

MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
EVENING = MORNING.replace(hour=22)
BY_DAY = Calendar(timezone="UTC", awake=(Window((0, 1, 2, 3, 4), Hours(8 * 60, 20 * 60)),))
SYSTEM_STAYS = replace(BY_DAY, nodegroups=(NodegroupNight("system", sleep=False),))
ASLEEP, AWAKE = Override(State.ASLEEP, None), Override(State.AWAKE, None)
SIZES = Sizes(minSize=1, maxSize=5, desiredSize=3)
MEMORY = {"minSize": 1, "maxSize": 5, "desiredSize": 3}


def record(
    calendar: Calendar | None = BY_DAY,
    override: Override | None = None,
    *,
    seen: dict[str, Any] | None = None,
    **more: Any,  # noqa: ANN401 -- ClusterRecord's own members
) -> ClusterRecord:
    """A cluster with the node groups ``system`` and ``work``, whose schedules are as they are to be."""
    observed = {
        "nodegroups/system": {"status": "ACTIVE"},
        "nodegroups/work": {"status": "ACTIVE"},
        "schedules": {"hash": schedules_hash(calendar, override)},
    }
    members: dict[str, Any] = {
        "name": "bank", "generation": 1, "requested": "{}", "created_at": "", "attempt": 1,
        "run": "r", "provision": "r",
        "spec": json.dumps({"nodegroups": [{"nodegroupName": "system"}, {"nodegroupName": "work"}]}),
        "calendar": to_text(calendar) if calendar else None, "override": to_text(override) if override else None,
    }  # fmt: skip
    return ClusterRecord(**(members | more), observed=observed | (seen or {}))


def sizes(power: str, *names: str, memory: dict[str, int] | None = None) -> dict[str, Any]:
    return {f"sizes/{name}": {"power": power, "remembered": memory} for name in names}


NIGHT = sizes("asleep", "system", "work", memory=MEMORY)


@pytest.mark.parametrize(
    ("case", "now", "why"),
    [
        pytest.param(record(), MORNING, None, id="awake by day"),
        pytest.param(record(), EVENING, "system is awake and is to be asleep", id="evening"),
        pytest.param(record(seen=NIGHT, power=Power.ASLEEP), EVENING, None, id="asleep at night"),
        pytest.param(record(seen=NIGHT), EVENING, "not written down", id="asleep, but nobody has said so"),
        pytest.param(record(seen=NIGHT), MORNING, "system is asleep and is to be awake", id="morning"),
        pytest.param(record(seen=NIGHT | sizes("partial", "work")), MORNING, "system is asleep", id="half awake"),
        pytest.param(record(seen=sizes("partial", "work")), MORNING, "work is partial", id="not all nodes came"),
        pytest.param(record(override=ASLEEP), MORNING, "system is awake", id="put to sleep by hand"),
        pytest.param(record(override=AWAKE), EVENING, None, id="kept awake by hand"),
        pytest.param(record(None, seen=NIGHT), EVENING, "is to be awake", id="a calendar deleted while asleep"),
        pytest.param(
            record(SYSTEM_STAYS, seen=sizes("asleep", "work"), power=Power.ASLEEP),
            EVENING,
            None,
            id="left out of the night",
        ),
        pytest.param(record(SYSTEM_STAYS, seen=NIGHT), EVENING, "system is asleep", id="left out while asleep"),
        pytest.param(record(resize={"work": SIZES}), MORNING, "work is to be resized", id="resized"),
        pytest.param(
            record(resize={"work": SIZES}, seen=NIGHT, power=Power.ASLEEP), EVENING, None, id="resized in the morning"
        ),
        pytest.param(record(resize={"gone": SIZES}), MORNING, None, id="a group that is not there"),
        pytest.param(record(seen={"schedules": {}}), MORNING, "The schedules", id="no schedules yet"),
        pytest.param(
            record(None, seen={"schedules": {"hash": "x"}}), MORNING, "The schedules", id="schedules left over"
        ),
        pytest.param(
            record(seen={"nodegroups/system": {}, "nodegroups/work": {}}), EVENING, None, id="nothing made yet"
        ),
    ],
)
def test_a_run_is_due(case: ClusterRecord, now: datetime, why: str | None) -> None:
    found = due(case, now)
    assert (found is None) is (why is None), found
    assert why is None or why in str(found)


def test_the_night_is_read_back_as_it_was_written() -> None:
    case = record(SYSTEM_STAYS, ASLEEP, resize={"work": SIZES})
    assert case.calendar is not None
    assert case.override is not None
    night = Night.of(case, MORNING)
    assert night == Night(
        calendar=calendar_from_text(case.calendar),
        override=override_from_text(case.override),
        resize={"work": SIZES},
        now=MORNING,
    )
    assert [night.wanted_of(name) for name in ("system", "work")] == [Power.AWAKE, Power.ASLEEP]


def test_an_override_ends_by_itself() -> None:
    case = record(override=Override(State.ASLEEP, MORNING + timedelta(hours=1)))
    assert [wanted(case, MORNING + timedelta(minutes=minutes)) for minutes in (0, 59, 60)] == [
        Power.ASLEEP, Power.ASLEEP, Power.AWAKE,
    ]  # fmt: skip


def test_a_run_begins_anew_only_when_something_else_is_wanted() -> None:
    case = record()
    assert aim(case, MORNING) == aim(replace(case, observed={}, power=Power.PARTIAL), MORNING + timedelta(hours=1))
    assert len({aim(case, MORNING), aim(case, EVENING), aim(replace(case, intent=1), MORNING)}) == 3


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (record(), Power.AWAKE),
        (record(seen=NIGHT), Power.ASLEEP),
        (record(seen=sizes("asleep", "work")), Power.PARTIAL),
        (record(SYSTEM_STAYS, seen=sizes("asleep", "work")), Power.ASLEEP),
        (record(seen=NIGHT | sizes("partial", "work")), Power.PARTIAL),
        (record(spec="{}"), Power.AWAKE),
    ],
)
def test_a_cluster_is_what_its_node_groups_are(case: ClusterRecord, expected: Power) -> None:
    assert power(case, MORNING) is expected


def test_what_is_asleep_saves_and_what_wakes_no_longer_does() -> None:
    asleep = outcome(record(seen=NIGHT), EVENING, reached=True)
    assert asleep.power is Power.ASLEEP
    again = outcome(record(seen=NIGHT, savings=asleep.savings), EVENING + timedelta(hours=1), reached=True)
    assert again.savings == asleep.savings
    half = outcome(
        record(seen=NIGHT | sizes("awake", "work"), savings=asleep.savings), EVENING + timedelta(hours=2), reached=False
    )
    awake = outcome(record(savings=half.savings), EVENING + timedelta(hours=4), reached=True)
    assert (awake.power, savings_from_text(awake.savings).so_far(EVENING + timedelta(days=9))) == (
        Power.AWAKE,
        2 * 6 + 2 * 3,
    )


def test_sizes_are_forgotten_once_they_are_reached() -> None:
    asked = {"system": SIZES, "work": SIZES, "gone": SIZES}
    assert outcome(record(SYSTEM_STAYS, resize=asked), MORNING, reached=True).resize == {}
    assert outcome(record(SYSTEM_STAYS, resize=asked), EVENING, reached=True).resize == {"work": SIZES}
    assert outcome(record(resize=asked), MORNING, reached=False).resize == asked


@pytest.mark.parametrize(
    ("pool", "due_for"), [(None, ["system", "work"]), ({}, ["system"]), ({"enabled": False}, ["system", "work"])]
)
def test_a_node_group_with_a_warm_pool_stays_awake(pool: dict[str, object] | None, due_for: list[str]) -> None:
    more = {"warmPoolConfig": pool} if pool is not None else {}
    spec = {"nodegroups": [{"nodegroupName": "system"}, {"nodegroupName": "work", **more}]}
    case = record(spec=json.dumps(spec))
    night = Night.of(case, EVENING)
    assert [name for name in groups(case) if night.wanted_of(name) is Power.ASLEEP] == due_for
    said = night_conditions(case, None, EVENING)[0].message
    assert ("stays awake, as that would take in what sleeps: work." in said) is (due_for == ["system"])


def test_what_is_remembered() -> None:
    case = record(seen=sizes("asleep", "work", memory=MEMORY))
    assert (remembered(case, "work"), remembered(case, "system")) == (SIZES, None)
    assert groups(case) == ("system", "work")


@pytest.mark.parametrize("facts", [None, {}, {"wake": None}, {"wake": {"risks": []}}])
def test_nothing_stands_in_the_way_of_waking(facts: object) -> None:
    assert risks(facts) == ()
    assert risks({"wake": {"risks": ["too few addresses"]}}) == ("too few addresses",)
