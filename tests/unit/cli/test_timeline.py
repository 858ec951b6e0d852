from io import StringIO

import pytest
from rich.console import Console, RenderableType

from cli.shapes import Run
from cli.timeline import ending, run_lines, run_tree
from lambdas.domain.progress import Word
from tests.unit.cli.samples import COREDNS, CREATED, CREATING, NOW, RUN_ID, a_run, failed, step, succeeded


def drawn(picture: RenderableType) -> list[str]:
    screen = Console(file=StringIO(), width=120)
    with screen.capture() as capture:
        screen.print(picture)
    return [line.rstrip() for line in capture.get().splitlines()]


def test_the_tree_shows_each_step_below_its_kind() -> None:
    vpc_cni = step("addons/vpc-cni", Word.READY, minute=9)
    run = a_run(CREATED, COREDNS, vpc_cni, step("access", Word.FAILED, minute=9, reason="AccessDenied: [no]"))
    assert drawn(run_tree(run, NOW)) == [
        f"● simple-bank: provision, generation 1  10m00s  {RUN_ID}",
        "├── ✓ cluster  after 8m00s",
        "├── addons",
        "│   ├── ● coredns  2m00s  no node yet",
        "│   └── ✓ vpc-cni  after 9m00s",
        "└── ✗ access  after 9m00s  AccessDenied: [no]",
    ]


def test_a_step_can_have_a_state_and_children() -> None:
    run = a_run(COREDNS, step("addons", Word.WAITING, minute=9, reason="coredns"))
    assert drawn(run_tree(run, NOW))[1:] == ["└── ● addons  1m00s  coredns", "    └── ● coredns  2m00s  no node yet"]


def test_a_run_that_ended_stands_still() -> None:
    assert drawn(run_tree(failed(CREATING), NOW)) == [
        f"✗ simple-bank: provision, generation 1  3m00s  {RUN_ID}",
        "└── ● cluster  2m00s  EKS is creating the cluster",
    ]


def test_a_run_without_steps_and_an_unknown_word_can_be_drawn() -> None:
    assert drawn(run_tree(a_run(), NOW)) == [f"● simple-bank: provision, generation 1  10m00s  {RUN_ID}"]
    assert drawn(run_tree(a_run(step("x", "Paused", minute=1)), NOW))[1:] == ["└── ? x  after 1m00s"]


def test_lines_say_since_when_and_why() -> None:
    assert list(run_lines(a_run(CREATED, COREDNS))) == [
        f"2026-10-07T12:00:00Z run {RUN_ID} RUNNING",
        "2026-10-07T12:08:00Z cluster Ready",
        "2026-10-07T12:08:00Z addons/coredns Waiting: no node yet",
    ]


@pytest.mark.parametrize(
    ("run", "lines"),
    [
        (succeeded(), ["SUCCEEDED after 9m30s: provision of simple-bank"]),
        (
            failed(),
            [
                "FAILED after 3m00s: provision of simple-bank",
                "  code:   ResourceLimitExceeded",
                "  cause:  the account has [too many] clusters",
                "  remedy: Ask for a higher quota.",
                "  exists: cluster CREATING, roles/node",
            ],
        ),
    ],
)
def test_the_ending_says_what_to_do(run: Run, lines: list[str]) -> None:
    assert ending(run, NOW) == lines
