"""Processes on a virtual clock: who goes first, who waits for whom, and what becomes of those that are ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from sandbox.clock import VirtualClock
from tests.simulation.chance import chance
from tests.simulation.engine import Engine, TimedOut

if TYPE_CHECKING:
    from random import Random

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class Broken(Exception):  # noqa: N818 -- what happened
    """Of a process of a test."""


def new(random: Random | None = None) -> Engine:
    return Engine(VirtualClock(START), random)


def passed(engine: Engine) -> float:
    return (engine.clock.now() - START).total_seconds()


def walked(engine: Engine, names: str = "abcdefgh", steps: int = 3) -> str:
    """Who takes which step when all begin at once, and nobody ever waits for more than a second."""
    seen: list[str] = []

    def walk(name: str) -> None:
        for _ in range(steps):
            seen.append(name)
            engine.pause(1)

    for name in names:
        engine.spawn(partial(walk, name))
    engine.run()
    return "".join(seen)


def broken() -> None:
    raise Broken


# -- order


def test_things_happen_in_the_order_of_their_instants() -> None:
    engine, seen = new(), []
    for seconds in (3.0, 1.0, 2.0):
        engine.spawn(lambda it=seconds: seen.append((it, passed(engine))), after=seconds)  # type: ignore[misc] # a default binds it
    engine.run()
    assert seen == [(1.0, 1.0), (2.0, 2.0), (3.0, 3.0)]


def test_without_dice_whoever_has_waited_longest_goes_first() -> None:
    assert walked(new()) == "abcdefgh" * 3


def test_a_seed_says_who_goes_first() -> None:
    orders = [walked(new(chance(seed, "order"))) for seed in (1, 1, 2)]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
    assert orders[0] != "abcdefgh" * 3
    assert sorted(orders[0]) == sorted("abcdefgh" * 3)


def test_no_dice_let_anybody_go_before_it_is_time() -> None:
    rounds = walked(new(chance(1, "order")))
    assert [sorted(rounds[start : start + 8]) for start in (0, 8, 16)] == [list("abcdefgh")] * 3


def test_time_passes_only_within_processes() -> None:
    engine = new()
    engine.pause(5)
    assert passed(engine) == 0
    engine.do(lambda: engine.pause(5))
    assert passed(engine) == 5


def test_one_knows_who_is_at_work() -> None:
    engine, seen = new(), []

    def work() -> None:
        for _ in range(2):
            assert engine.current is not None
            seen.append(engine.current.about)
            engine.pause(1)

    for about in ("one", "other"):
        engine.spawn(work, about=about)
    engine.run()
    assert seen == ["one", "other"] * 2
    assert engine.current is None


# -- until


def test_what_is_due_later_waits_for_the_next_run() -> None:
    engine, seen = new(), []
    for seconds in (1.0, 9.0):
        engine.spawn(lambda it=seconds: seen.append(it), after=seconds)  # type: ignore[misc] # as above
    engine.run(START + timedelta(seconds=5))
    assert (seen, passed(engine)) == ([1.0], 5.0)
    engine.run()
    assert (seen, passed(engine)) == ([1.0, 9.0], 9.0)


def test_a_run_ends_as_soon_as_something_is_so() -> None:
    engine, seen = new(), []
    for seconds in (1.0, 2.0, 3.0):
        engine.spawn(lambda it=seconds: seen.append(it), after=seconds)  # type: ignore[misc] # as above
    engine.run(lambda: len(seen) == 2)
    assert passed(engine) == 2


# -- waiting for others


def waiting(engine: Engine, *seconds: float, within: float | None = None) -> list[float]:
    """What processes come to that take so long, for somebody who waits for all of them."""

    def work(it: float) -> float:
        engine.pause(it)
        return passed(engine)

    processes = [engine.spawn(partial(work, it)) for it in seconds]
    engine.join(processes, within=within)
    return [process.result() for process in processes]


def test_who_waits_goes_on_when_the_last_is_done() -> None:
    engine = new()
    assert engine.do(lambda: (waiting(engine, 3, 1, 2), passed(engine))) == ([3.0, 1.0, 2.0], 3.0)


def test_what_was_done_before_is_not_waited_for() -> None:
    engine = new()
    early = engine.spawn(lambda: 1)
    engine.run()
    engine.do(lambda: engine.join([early]))
    assert (early.result(), passed(engine)) == (1, 0)


def test_whoever_waits_in_vain_is_told_in_time_and_what_he_waited_for_goes_on() -> None:
    engine = new()
    slow = engine.spawn(lambda: engine.pause(10))

    def wait() -> float:
        with pytest.raises(TimedOut):
            engine.join([slow], within=4)
        return passed(engine)

    assert engine.do(wait) == 4
    assert not slow.done
    engine.run()
    assert (slow.done, passed(engine)) == (True, 10)


@pytest.mark.parametrize(("takes", "within"), [(4.0, 4.1), (0.0, 1.0)])
def test_whoever_is_in_time_is_not_timed_out(takes: float, within: float) -> None:
    engine = new()
    assert engine.do(lambda: waiting(engine, takes, within=within)) == [takes]
    engine.run()
    assert passed(engine) == takes


def test_what_was_waited_for_in_time_disturbs_nobody_later() -> None:
    engine = new()

    def work() -> float:
        waiting(engine, 1, within=4)
        engine.pause(10)
        return passed(engine)

    assert engine.do(work) == 11


def test_who_waits_hears_of_the_first_error_at_once() -> None:
    engine = new()
    slow = engine.spawn(lambda: engine.pause(9))
    soon = engine.spawn(broken, after=2)

    def wait() -> float:
        with pytest.raises(Broken):
            engine.join([slow, soon])
        return passed(engine)

    assert engine.do(wait) == 2
    assert not slow.done


def test_an_error_that_nobody_waits_for_comes_out_of_the_engine() -> None:
    engine = new()
    engine.spawn(broken)
    with pytest.raises(Broken):
        engine.run()
    assert engine.current is None


def test_what_is_done_raises_its_error_to_whoever_had_it_done() -> None:
    with pytest.raises(Broken):
        new().do(broken)


# -- ending


def test_who_is_ended_stands_no_longer_and_does_nothing_more() -> None:
    engine, seen = new(), []

    def work() -> None:
        try:
            engine.pause(100)
            seen.append("went on")
        except Exception:  # noqa: BLE001 -- what steps do catch by mistake
            seen.append("caught")
        finally:
            seen.append("tidied")

    process = engine.spawn(work)
    engine.spawn(process.end, after=1)
    engine.run()
    assert (seen, process.done, passed(engine)) == (["tidied"], True, 1)


def test_who_is_ended_before_it_begins_never_begins() -> None:
    engine, seen = new(), []
    process = engine.spawn(lambda: seen.append("began"), after=5)
    process.end()
    engine.run()
    assert (seen, process.done, passed(engine)) == ([], True, 0)


def test_who_waits_for_somebody_that_is_ended_goes_on() -> None:
    engine = new()
    process = engine.spawn(lambda: engine.pause(100))
    engine.spawn(process.end, after=3)
    engine.do(lambda: engine.join([process]))
    assert passed(engine) == 3


def test_an_error_may_be_thrown_into_a_process() -> None:
    engine, seen = new(), []

    def work() -> None:
        try:
            engine.pause(100)
        except Broken:
            seen.append(passed(engine))

    process = engine.spawn(work)
    engine.spawn(lambda: process.end(Broken()), after=2)
    engine.run()
    assert seen == [2]


def test_ending_twice_or_too_late_does_nothing() -> None:
    engine = new()
    process = engine.spawn(lambda: engine.pause(1))
    process.end()
    process.end(Broken())
    engine.run()
    process.end(Broken())
    engine.run()
    assert process.done
