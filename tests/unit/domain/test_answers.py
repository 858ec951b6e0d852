from __future__ import annotations

import json
from itertools import accumulate, islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain.answers import Wait, Waits, answer, failed_for, paced, problem_in, told, within_budget
from lambdas.domain.dispositions import FINAL, FOR_OPERATORS, Disposition
from lambdas.domain.pacing import NODES_ROLLING, THROTTLED, THROTTLED_AT_MOST, Patience
from lambdas.domain.progress import Failed, Progress, Ready, Report, Waiting, Word, word
from lambdas.domain.runs import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

MACHINES = Path(__file__).parents[3] / "statemachines"
EVENTS_OF_A_LOOK, LONGEST_HISTORY = 9, 25_000
"""Of a task, a choice and a wait; and of an execution: Step Functions ends one whose history is longer."""

NOBODY = Waits("cluster", {}, 0)
PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
CODES = st.from_regex(r"\A[A-Z][A-Za-z0-9]{0,20}\Z")


def waiting(reason: str = "Creating", *, every: int = 10, budget: int = 60) -> Waiting:
    return Waiting(reason, "still there", every, budget)


def report(progress: Progress, resource: str = "cluster") -> Report:
    return Report(resource=resource, progress=progress)


def looks(*reasons: str, budget: int = 60) -> list[dict[str, Any]]:
    """The answers of one loop whose looks found these reasons, each read out of the one before as JSON."""
    given: list[dict[str, Any]] = [{"progress": "Ready", "part": "network"}]
    for reason in reasons:
        found = [report(waiting(reason, budget=budget))]
        waits = Waits.of("cluster", given[-1]).after(found)
        given.append(json.loads(json.dumps(answer("cluster", within_budget(found, waits), waits))))
    return given[1:]


# -- waiting


def test_waiting_for_the_same_reason_adds_up() -> None:
    assert [it["waits"]["cluster"]["seconds"] for it in looks("Creating", "Creating", "Creating")] == [0, 10, 20]


def waited(*reasons: str) -> list[tuple[str, int]]:
    waits = [it["waits"]["cluster"] for it in looks(*reasons)]
    return [(wait["reason"], wait["seconds"]) for wait in waits]


def test_another_reason_starts_anew() -> None:
    assert waited("Creating", "Creating", "UpdateInProgress", "UpdateInProgress", "Creating") == [
        ("Creating", 0), ("Creating", 10), ("UpdateInProgress", 0), ("UpdateInProgress", 10), ("Creating", 0),
    ]  # fmt: skip


def test_what_hinders_a_call_costs_the_wait_that_it_interrupts_nothing() -> None:
    assert waited("Creating", "Creating", "Throttled", "ServiceTrouble", "ServiceTrouble", "Creating", "Creating") == [
        ("Creating", 0), ("Creating", 10), ("Throttled", 0), ("ServiceTrouble", 0), ("ServiceTrouble", 10),
        ("Creating", 20), ("Creating", 30),
    ]  # fmt: skip


def intervals(patience: Patience, run: str = "run") -> Iterator[int]:
    """For how many seconds a run waits between looks that find the same each time."""
    last: object = None
    while True:
        before = Waits.of("cluster", last)
        found = paced([report(patience.wait("slow"))], before, run)
        last = answer("cluster", found, before.after(found))
        yield last["retryAfterSeconds"]  # type: ignore[misc] # of a wait it is an int


def throttled(run: str, looks: int) -> list[int]:
    """For how many seconds a run waits between looks that are throttled each time."""
    return list(islice(intervals(THROTTLED, run), looks))


def test_the_longer_it_is_throttled_the_seldomer_it_asks() -> None:
    runs = [throttled(f"run-{number}", 12) for number in range(50)]
    assert all(THROTTLED.every // 2 <= seconds[0] <= THROTTLED.every for seconds in runs)
    assert all(THROTTLED_AT_MOST // 2 <= seconds[-1] <= THROTTLED_AT_MOST for seconds in runs)
    assert len({tuple(seconds) for seconds in runs}) == len(runs), "each at moments of its own"
    assert throttled("run-1", 12) == runs[1]


@pytest.mark.parametrize("machine", ["provision", "destroy"])
def test_nodes_may_be_replaced_for_as_long_as_a_run_may_take_and_its_history_has_room(machine: str) -> None:
    limit = json.loads((MACHINES / f"{machine}.asl.json").read_text())["TimeoutSeconds"]
    assert limit > NODES_ROLLING.budget
    waits = list(takewhile(lambda passed: passed < limit, accumulate(intervals(NODES_ROLLING))))
    assert len(waits) * EVENTS_OF_A_LOOK < 0.8 * LONGEST_HISTORY
    assert list(islice(intervals(NODES_ROLLING), 60)) == [NODES_ROLLING.every] * 60, "the first half hour"


def test_what_is_not_throttled_keeps_its_interval() -> None:
    assert paced([report(waiting())], NOBODY, "run") == [report(waiting())]


def test_what_hinders_every_other_call_keeps_nothing_waiting_for_ever() -> None:
    answers = looks(*["Creating", "Throttled"] * 8)
    assert next(it["error"] for it in answers if it["progress"] == "Failed") == "CreatingTooLong"


def test_who_knows_more_than_that_it_took_too_long_says_so() -> None:
    failed = Failed("InsufficientNumberOfReplicas", "No node.", "Add one.")
    found = [report(Waiting("Creating", "DEGRADED", 10, 60, failed))]
    (judged,) = within_budget(found, Waits("cluster", {"cluster": Wait("Creating", 61)}, 10))
    assert judged.progress == failed


def test_who_waits_for_longer_than_the_budget_has_failed() -> None:
    answers = looks(*["Creating"] * 5, budget=30)
    assert [it["progress"] for it in answers] == ["Waiting"] * 4 + ["Failed"]
    assert answers[-1]["error"] == "CreatingTooLong"
    assert "still there" in answers[-1]["cause"]


@settings(max_examples=25)
@given(st.lists(st.sampled_from(["Creating", "UpdateInProgress"]), min_size=1, max_size=30), st.integers(1, 100))
def test_a_wait_is_as_long_as_its_last_unbroken_stretch(reasons: list[str], budget: int) -> None:
    last = reasons[-1]
    stretch = next((n for n, reason in enumerate(reversed(reasons)) if reason != last), len(reasons))
    given_last = looks(*reasons, budget=10_000)[-1]
    assert given_last["waits"]["cluster"] == {"reason": last, "seconds": 10 * (stretch - 1)}
    (judged,) = within_budget(
        [report(waiting(last, budget=budget))], Waits("cluster", {"cluster": Wait(last, 10 * (stretch - 1))}, 10)
    )
    assert isinstance(judged.progress, Failed) is (10 * (stretch - 1) > budget)


def test_resources_of_one_part_wait_on_their_own() -> None:
    before = Waits("nodegroups", {"a": Wait("Creating", 50), "b": Wait("Creating", 70)}, 20)
    found = [report(waiting(budget=60), "a"), report(Ready(), "b"), report(waiting(budget=60), "c")]
    waits = before.after(found)
    assert waits.by_resource == {"a": Wait("Creating", 70), "c": Wait("Creating", 0)}
    assert [word(it.progress) for it in within_budget(found, waits)] == [Word.FAILED, Word.READY, Word.WAITING]


@pytest.mark.parametrize(
    "last",
    [
        None,
        [],
        {},
        {"error": "X", "cause": "y"},
        {"progress": "Ready"},
        {"part": "network", "progress": "Waiting", "retryAfterSeconds": 9, "waits": {"cluster": {}}},
        {"part": "cluster", "progress": "Ready", "waits": {}},
    ],
)
def test_a_loop_begins_without_a_history(last: object) -> None:
    assert Waits.of("cluster", last) == NOBODY


def test_what_is_not_waiting_is_never_out_of_budget() -> None:
    found = [report(Ready()), report(Failed("A", "b", "c"))]
    assert within_budget(found, Waits("cluster", {"cluster": Wait("Creating", 99_999)}, 10)) == found


# -- telling


@pytest.mark.parametrize(
    ("progress", "expected"),
    [
        (Ready(), {"progress": "Ready"}),
        (waiting(), {"progress": "Waiting", "reason": "still there", "retryAfterSeconds": 10}),
        (Failed("Code", "Why.", "Do it."), {"progress": "Failed", "error": "Code", "cause": "Why. What to do: Do it."}),
        (
            Failed("Code", "Why.", "Do it.", Disposition.PAGE),
            {"progress": "Failed", "error": "Code", "cause": f"Why.{FOR_OPERATORS} What to do: Do it."},
        ),
    ],
)
def test_a_progress_as_json(progress: Progress, expected: dict[str, object]) -> None:
    assert told(progress) == expected
    assert json.loads(json.dumps(answer("cluster", [report(progress)], NOBODY)))["progress"] == expected["progress"]


# -- what reaches the state that records failures


def as_answer(failed: Failed) -> object:
    return told(failed)


def as_caught_fail(failed: Failed) -> object:
    """A Fail state's error and cause, caught and handed on as the definitions do."""
    said = told(failed)
    return {"error": said["error"], "cause": said["cause"]}


def as_branch(failed: Failed) -> object:
    return [told(Ready()), told(failed), told(waiting()), told(failed)]


@pytest.mark.parametrize("travels", [as_answer, as_caught_fail, as_branch])
@settings(max_examples=25)
@given(
    code=CODES,
    cause=PLAIN,
    remedy=PLAIN | st.just("Ask. What to do: nothing."),
    disposition=st.sampled_from(sorted(FINAL)),
)
def test_a_failure_arrives_as_it_was(
    travels: Any,  # noqa: ANN401 -- one of the functions above
    code: str,
    cause: str,
    remedy: str,
    disposition: Disposition,
) -> None:
    failure = json.loads(json.dumps(travels(Failed(code, cause, remedy, disposition))))
    assert problem_in(failure) == Problem(code=code, cause=cause, remedy=remedy, disposition=disposition)


def test_branches_that_failed_side_by_side_are_all_told() -> None:
    branches = [told(Failed("First", "a", "Do a.")), told(Ready()), told(Failed("Second", "b", "Do b."))]
    problem = problem_in(branches)
    assert problem == Problem(code="First", cause="a; b", remedy="Do a. Do b.")
    assert failed_for(problem).remedy == "Do a. Do b. What exists so far: nothing."


def test_one_branch_that_needs_operators_makes_the_failure_theirs() -> None:
    branches = [told(Failed("First", "a", "Do a.")), told(Failed("Second", "b", "Do b.", Disposition.PAGE))]
    assert failed_for(problem_in(branches)).disposition is Disposition.PAGE


@pytest.mark.parametrize(
    ("failure", "code", "cause"),
    [
        pytest.param(
            {"error": "KeyError", "cause": '{"errorMessage": "\'part\'", "errorType": "KeyError", "stackTrace": []}'},
            "KeyError",
            "'part'",
            id="an exception of a Lambda function",
        ),
        pytest.param(
            {"error": "Lambda.Unknown", "cause": '{"errorMessage": "Task timed out after 60.00 seconds"}'},
            "Lambda.Unknown",
            "Task timed out after 60.00 seconds",
            id="a function that timed out",
        ),
        pytest.param({"error": "States.Timeout", "cause": None}, "States.Timeout", "", id="no cause"),
        pytest.param(
            {"error": "States.Runtime", "cause": "The function was not found"},
            "States.Runtime",
            "The function was not found",
            id="Step Functions' own words",
        ),
        pytest.param({"error": "E", "cause": "[1, 2]"}, "E", "[1, 2]", id="JSON that is no exception"),
        pytest.param({"error": "E", "cause": '{"a": 1}'}, "E", '{"a": 1}', id="an object that is no exception"),
        pytest.param({}, "Unknown", "", id="nothing"),
        pytest.param([], "Unknown", "", id="no branch"),
        pytest.param([{"progress": "Ready"}], "Unknown", "", id="no branch failed"),
        pytest.param("text", "Unknown", "", id="not even an object"),
    ],
)
def test_what_nobody_expected_names_itself_and_a_remedy(failure: object, code: str, cause: str) -> None:
    problem = problem_in(failure)
    assert (problem.code, problem.cause, problem.disposition) == (code, cause, Disposition.PAGE)
    assert "log" in problem.remedy
