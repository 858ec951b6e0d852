from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain.dispositions import Disposition
from lambdas.domain.progress import Failed, Progress, Ready, Report, Waiting, Word, combine, reason, word

READY = Ready()
SOON = Waiting("Creating", "soon", 5, 60)
LATE = Waiting("Throttled", "late", 30, 900)
BROKEN = Failed("NodeCreationFailure", "never joined", "Look at the routes.")
DENIED = Failed("AccessDenied", "not allowed", "Allow it.", Disposition.PAGE)

PROGRESSES = st.one_of(
    st.just(READY),
    st.builds(
        Waiting,
        st.sampled_from(["Creating", "Throttled"]),
        st.text(max_size=5),
        st.integers(0, 900),
        st.integers(0, 9000),
    ),
    st.builds(Failed, st.text(min_size=1, max_size=5), st.text(max_size=5), st.text(max_size=5)),
)


def reports(*progresses: Progress) -> list[Report]:
    return [Report(resource=f"r{number}", progress=progress) for number, progress in enumerate(progresses)]


@pytest.mark.parametrize(
    ("progress", "its_word", "its_reason"),
    [
        (READY, Word.READY, ""),
        (SOON, Word.WAITING, "soon"),
        (BROKEN, Word.FAILED, "NodeCreationFailure: never joined"),
        (Failed("Throttled", "Throttled: a; Other: b", ""), Word.FAILED, "Throttled: a; Other: b"),
    ],
)
def test_a_progress_has_a_word_and_a_reason(progress: Progress, its_word: Word, its_reason: str) -> None:
    assert (word(progress), reason(progress)) == (its_word, its_reason)


@pytest.mark.parametrize(
    ("progresses", "expected"),
    [
        pytest.param((), READY, id="nothing to do"),
        pytest.param((READY, READY), READY, id="all ready"),
        pytest.param((READY, SOON), Waiting("Creating", "r1: soon", 5, 60), id="one waits"),
        pytest.param(
            (LATE, BROKEN, SOON),
            Waiting("Throttled", "r0: late; r2: soon", 5, 900),
            id="waiting beats failed; the soonest look, the longest budget, the first reason",
        ),
        pytest.param(
            (READY, DENIED, BROKEN),
            Failed(
                "AccessDenied", "r1: not allowed; r2: never joined", "Allow it. Look at the routes.", Disposition.PAGE
            ),
            id="every failure is told, under the first one's code, and is operators' if one is",
        ),
        pytest.param(
            (BROKEN, BROKEN),
            Failed("NodeCreationFailure", "r0: never joined; r1: never joined", "Look at the routes."),
            id="the same remedy is told once",
        ),
    ],
)
def test_combining(progresses: tuple[Progress, ...], expected: Progress) -> None:
    assert combine(reports(*progresses)) == expected


@settings(max_examples=25)
@given(st.lists(PROGRESSES))
def test_waiting_beats_failed_beats_ready(progresses: list[Progress]) -> None:
    words = {word(progress) for progress in progresses} or {Word.READY}
    strongest = next(it for it in (Word.WAITING, Word.FAILED, Word.READY) if it in words)
    assert word(combine(reports(*progresses))) is strongest


@settings(max_examples=25)
@given(st.lists(PROGRESSES, min_size=1))
def test_the_next_look_is_the_soonest_that_anybody_wants(progresses: list[Progress]) -> None:
    combined = combine(reports(*progresses))
    wanted = [progress.retry_after_seconds for progress in progresses if isinstance(progress, Waiting)]
    if isinstance(combined, Waiting):
        assert combined.retry_after_seconds == min(wanted)
    else:
        assert not wanted
