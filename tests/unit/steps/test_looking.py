"""One look of the state machine: what it answers, and what it leaves in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.calendar import instant_text
from lambdas.domain.completion import completed
from lambdas.domain.pacing import THROTTLED, Part
from lambdas.domain.power import AT_RISK
from lambdas.domain.progress import Action, Failed, Progress, Ready, Report, Waiting, Word
from lambdas.domain.runs import Problem
from lambdas.domain.spec import ClusterSpec
from lambdas.handlers import looking
from lambdas.handlers.looking import look
from tests.house import AT, house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.runs import Run
    from lambdas.steps.scope import Scope
    from tests.house import House


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    with house() as home:
        yield home


@pytest.fixture
def run(home: House, request: pytest.FixtureRequest) -> Run:
    """A run of a cluster of the test's own, so that all can share the house."""
    _, run = home.accept(completed(ClusterSpec(name=f"c{abs(hash(request.node.nodeid)):x}")))
    return run


class Thing:
    """A resource that is as far as the test says; a change of it leads to ``changed``."""

    def __init__(self, path: str, progress: Progress, changed: Progress | None = None, **facts: object) -> None:
        self.path = path
        self.progress, self.changed, self.facts = progress, changed, facts
        self.changes = 0
        self.looks = 0

    def look(self) -> Report:
        self.looks += 1
        action = Action(verb="create", resource=self.path, reason="", consequence="") if self.changed else None
        return Report(resource=self.path, progress=self.progress, action=action, facts=self.facts)

    def change(self, _: Action) -> Progress:
        self.changes += 1
        assert self.changed is not None
        return self.changed


def waiting(reason: str = "Creating", *, every: int = 10, budget: int = 60) -> Waiting:
    return Waiting(reason, "being made", every, budget)


def looked(
    home: House,
    run: Run,
    *things: Thing,
    last: object = None,
    verb: str = "ensure",
    part: Part = Part.WORKLOAD_ADDONS,
) -> dict[str, Any]:
    event = {"verb": verb, "cluster": run.cluster, "run": run.id, "last": last}
    return look(home.around, lambda *_: things, part, event)


def lines(home: House, run: Run) -> dict[str, tuple[Word, str, str]]:
    return {name: (step.status, step.reason, step.since) for name, step in home.run(run.id).steps.items()}


@pytest.mark.parametrize("who", ["another run", "another cluster", "an ended run"])
def test_without_the_lease_nothing_is_looked_at(home: House, run: Run, who: str) -> None:
    event = {"verb": "ensure", "cluster": run.cluster, "run": run.id, "last": None}
    if who == "an ended run":
        home.around.registry.fail(run.cluster, run.id, AT, Problem(code="C", cause="w", remedy="d"))
    else:
        event[who.removeprefix("another ")] = "another"
    thing = Thing("cluster", waiting(), Ready())
    answer = look(home.around, lambda *_: [thing], Part.CLUSTER, event)
    assert (answer["part"], answer["progress"], answer["error"]) == ("cluster", "Failed", "LeaseLost")
    assert thing.changes == 0


@pytest.mark.parametrize(("verb", "changes"), [("ensure", 1), ("observe", 0)])
def test_the_verb_decides_whether_anything_is_changed(home: House, run: Run, verb: str, changes: int) -> None:
    thing = Thing("cluster", waiting(), Ready())
    looked(home, run, thing, verb=verb)
    assert thing.changes == changes


def test_what_was_found_goes_into_the_ledger(home: House, run: Run) -> None:
    looked(home, run, Thing("cluster", Ready(), arn="arn"), Thing("network", Failed("Code", "Why", "Do")))
    found = lines(home, run)
    assert {name: line[:2] for name, line in found.items()} == {
        "cluster": (Word.READY, ""), "network": (Word.FAILED, "Code: Why"),
    }  # fmt: skip
    record = home.around.registry.cluster(run.cluster)
    assert record is not None
    assert record.observed == {"cluster": {"arn": "arn"}}


def test_a_status_keeps_the_time_since_when_it_holds(home: House, run: Run) -> None:
    times = []
    for progress in (waiting(), waiting("Throttled"), Ready(), Ready()):
        home.clock.advance(1)
        times.append(instant_text(home.clock.now()))
        looked(home, run, Thing("cluster", progress))
    assert lines(home, run) == {"cluster": (Word.READY, "", times[2])}


def test_a_loop_that_waits_for_too_long_fails_in_answer_and_ledger(home: House, run: Run) -> None:
    thing = Thing("cluster", waiting(every=40, budget=60))
    last, words = None, []
    for _ in range(3):
        last = looked(home, run, thing, last=last)
        words.append(last["progress"])
    assert words == ["Waiting", "Waiting", "Failed"]
    assert last is not None
    assert last["error"] == "CreatingTooLong"
    assert lines(home, run)["cluster"][0] is Word.FAILED


def test_a_look_that_was_refused_a_call_asks_for_nothing_more(home: House, run: Run) -> None:
    """The calls of one part are calls of one service: the others would be refused as well, and make it worse."""
    there, refused, unknown = (
        Thing("addons/a", Ready()), Thing("addons/b", THROTTLED.wait("slow")), Thing("addons/c", Ready()),
    )  # fmt: skip
    answer = looked(home, run, there, refused, unknown)
    assert (answer["progress"], answer["reason"]) == ("Waiting", "addons/b: slow; addons/c: slow")
    assert [it.looks for it in (there, refused, unknown)] == [1, 1, 0]
    assert {name: line[0] for name, line in lines(home, run).items()} == {
        "addons/a": Word.READY, "addons/b": Word.WAITING, "addons/c": Word.WAITING,
    }  # fmt: skip


def test_after_a_refused_call_only_what_is_not_ready_is_looked_at(home: House, run: Run) -> None:
    there, late = Thing("addons/a", Ready()), Thing("addons/b", THROTTLED.wait("slow"))
    refused = looked(home, run, there, late)
    late.progress = waiting()
    again = looked(home, run, there, late, last=refused)
    assert (again["reason"], there.looks, late.looks) == ("addons/b: being made", 1, 2)
    late.progress = Ready()
    assert looked(home, run, there, late, last=again)["progress"] == "Ready"
    assert (there.looks, late.looks) == (2, 3), "a look that nothing hindered looks at everything"


def test_what_others_have_to_see_first_is_looked_at_again(home: House, run: Run) -> None:
    """What a network is made of is looked at in the order in which it was made, each for the next."""
    there, late = Thing("network/vpc", Ready()), Thing("network/subnets", THROTTLED.wait("slow"))
    refused = looked(home, run, there, late, part=Part.NETWORK)
    looked(home, run, there, late, last=refused, part=Part.NETWORK)
    assert (there.looks, late.looks) == (2, 2)


def test_what_has_failed_stays_so_while_nobody_can_ask(home: House, run: Run) -> None:
    """Otherwise it would be taken for what an earlier round gave up, and made anew."""
    failed = Thing("addons/b", Failed("Code", "Why", "Do"))
    looked(home, run, Thing("addons/a", waiting()), failed)
    looked(home, run, Thing("addons/a", THROTTLED.wait("slow")), failed)
    assert failed.looks == 1
    assert lines(home, run)["addons/b"][0] is Word.FAILED


def test_the_steps_know_what_was_learnt_and_what_was_given_up(home: House, run: Run) -> None:
    looked(home, run, Thing("network", Ready(), subnets={"a": "b"}), Thing("nodegroups/a", Failed("C", "w", "d")))
    seen: list[Scope] = []
    event = {"verb": "observe", "cluster": run.cluster, "run": run.id, "last": None}

    def nothing(scope: Scope, _: Part) -> list[Thing]:
        seen.append(scope)
        return []

    look(home.around, nothing, Part.CLUSTER, event)
    (scope,) = seen
    assert (scope.cluster, scope.run, scope.failed) == (run.cluster, run.id, frozenset({"nodegroups/a"}))
    assert scope.facts("network") == {"subnets": {"a": "b"}}
    assert scope.facts("nothing") == {}
    assert scope.spec.version is not None


def test_what_a_newer_spec_may_mend_is_not_given_up(home: House, run: Run) -> None:
    looked(home, run, Thing("nodegroups/a", Failed("C", "w", "d")))
    home.invoke("runs", {"verb": "begin", "cluster": run.cluster, "run": run.id, "last": None})
    assert home.run(run.id).steps == {}


def test_what_stands_in_the_way_of_waking_is_said_once(home: House, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The alarm listens to the log: it is to hear of something new, not of every look."""
    said: list[tuple[str, object]] = []
    monkeypatch.setattr(looking.logger, "warning", lambda message, extra: said.append((message, extra["risks"])))
    for risks in ([], ["no addresses"], ["no addresses"], ["no addresses", "DEGRADED"], []):
        looked(home, run, Thing("sizes/services", Ready(), wake={"risks": risks}))
    assert said == [(AT_RISK, ("no addresses",)), (AT_RISK, ("no addresses", "DEGRADED"))]
