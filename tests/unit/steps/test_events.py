"""What is written down goes out on the bus: at once, or when the sweep comes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from lambdas.aws.events import MOST_AT_ONCE, Bus
from lambdas.domain.calendar import instant_text
from lambdas.domain.events import orphan_found
from lambdas.handlers import sweep
from lambdas.steps.events import OVERDUE, Announcer, NotTaken
from lambdas.steps.sweep import EVENTS, SweepTroubled
from tests.house import EVENT_BUS, house

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lambdas.aws.events import Entry, Verdict, Verdicts
    from lambdas.domain.events import OrphanFound
    from tests.house import House

DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "PutEvents")
SILENCE = ConnectTimeoutError(endpoint_url="https://events")


class Line:
    """EventBridge, to which not every call comes through, and which does not take everything."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.trouble: Exception | None = None
        self.refused: set[str] = set()

    def put_events(self, *, Entries: Sequence[Entry]) -> Verdicts:  # noqa: N803 -- boto3's name
        if self.trouble:
            raise self.trouble
        assert {entry["EventBusName"] for entry in Entries} == {EVENT_BUS}
        self.calls.append([entry["Detail"] for entry in Entries])
        return {"Entries": [self._verdict(entry["Detail"]) for entry in Entries]}

    def _verdict(self, detail: str) -> Verdict:
        return {"ErrorCode": "InternalFailure"} if any(it in detail for it in self.refused) else {"EventId": "1"}

    @property
    def sent(self) -> list[str]:
        return [detail for call in self.calls for detail in call]


@pytest.fixture(scope="module")
def shared() -> Iterator[House]:
    with house() as shared:
        yield shared


@pytest.fixture
def home(shared: House) -> House:
    """The house with an empty outbox."""
    for notice in shared.around.registry.unpublished():
        shared.around.registry.published(notice.id, notice.at)
    return shared


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def announcer(home: House, line: Line) -> Announcer:
    return Announcer(home.around.registry, Bus(line, EVENT_BUS), home.clock.now)


def orphans(home: House, request: pytest.FixtureRequest, count: int, age: timedelta = OVERDUE) -> list[OrphanFound]:
    at = instant_text(home.clock.now() - age)
    return [orphan_found("gone", at, f"{request.node.name}/{number}.") for number in range(count)]


def waiting(home: House) -> list[str]:
    return [notice.id for notice in home.around.registry.unpublished()]


def test_what_was_written_down_is_published_at_once(
    home: House, announcer: Announcer, line: Line, request: pytest.FixtureRequest
) -> None:
    (event,) = orphans(home, request, 1)
    assert announcer.tell(event)
    assert len(line.sent) == 1
    assert waiting(home) == []


def test_what_was_told_before_is_not_told_again(
    home: House, announcer: Announcer, line: Line, request: pytest.FixtureRequest
) -> None:
    (event,) = orphans(home, request, 1)
    assert [announcer.tell(event), announcer.tell(event)] == [True, False]
    assert len(line.sent) == 1


@pytest.mark.parametrize("trouble", [DENIED, SILENCE], ids=["refused", "silence"])
def test_trouble_with_the_bus_is_left_to_the_sweep(
    home: House, announcer: Announcer, line: Line, request: pytest.FixtureRequest, trouble: Exception
) -> None:
    (event,) = orphans(home, request, 1)
    line.trouble = trouble
    assert announcer.tell(event)
    assert waiting(home) == [event.id]
    with pytest.raises(type(trouble)):
        announcer.catch_up()
    line.trouble = None
    assert announcer.catch_up() == 1
    assert (waiting(home), announcer.catch_up()) == ([], 0)


def test_what_is_young_is_left_to_who_wrote_it(
    home: House, announcer: Announcer, line: Line, request: pytest.FixtureRequest
) -> None:
    (event,) = orphans(home, request, 1, OVERDUE - timedelta(seconds=1))
    home.around.registry.note(event)
    assert (announcer.catch_up(), line.sent) == (0, [])
    home.clock.advance(1)
    assert announcer.catch_up() == 1


def test_ten_at_a_time_and_whoever_is_refused_stays(
    home: House, announcer: Announcer, line: Line, request: pytest.FixtureRequest
) -> None:
    every = orphans(home, request, 23)
    for event in every:
        home.around.registry.note(event)
    line.refused = {f"/{number}." for number in (3, 17)}
    with pytest.raises(NotTaken, match="InternalFailure"):
        announcer.catch_up()
    assert [len(call) for call in line.calls] == [MOST_AT_ONCE, MOST_AT_ONCE, 3]
    assert set(waiting(home)) == {every[3].id, every[17].id}


def test_the_sweep_publishes_what_a_function_that_died_has_left(home: House, request: pytest.FixtureRequest) -> None:
    (event,) = orphans(home, request, 1)
    home.around.registry.note(event)
    assert sweep.answer(home.around)["events"] == 1
    assert home.hearing.heard[-1][1]["id"] == event.id


def test_a_sweep_says_that_it_could_not_publish(
    home: House, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    (event,) = orphans(home, request, 1)
    home.around.registry.note(event)

    def refuse(**_: Any) -> None:  # noqa: ANN401 -- whatever it is
        raise DENIED

    monkeypatch.setattr(home.around.aws.events, "put_events", refuse)
    with pytest.raises(SweepTroubled, match=f"{EVENTS}.*AccessDenied"):
        sweep.answer(home.around)


def test_the_time_of_an_event_is_when_it_happened(home: House, request: pytest.FixtureRequest) -> None:
    times: list[datetime] = []
    (event,) = orphans(home, request, 1)

    class Clock(Line):
        def put_events(self, *, Entries: Sequence[Entry]) -> Verdicts:  # noqa: N803 -- as above
            times.extend(entry["Time"] for entry in Entries)
            return super().put_events(Entries=Entries)

    Announcer(home.around.registry, Bus(Clock(), EVENT_BUS), home.clock.now).tell(event)
    assert times == [home.clock.now() - OVERDUE]
