from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console, RenderableType

from cli.plan_view import drift_view, plan_view
from cli.render import accepted_text, cluster_view, clusters_table, runs_table
from tests.unit.cli.samples import CONSOLE, NOTHING_KNOWN, RUN_ID, a_cluster, a_run, failed, succeeded

if TYPE_CHECKING:
    from cli.shapes import Cluster, Run

NIGHT = ["power: awake", "why: It has no calendar, so it never sleeps."]


def printed(picture: RenderableType, width: int = 200) -> list[str]:
    screen = Console(file=StringIO(), width=width, markup=False)
    with screen.capture() as capture:
        screen.print(picture)
    return [" ".join(line.split()) for line in capture.get().splitlines()]


def test_clusters_are_one_line_each() -> None:
    bare: Cluster = {"name": "new", "generation": 2, "spec": {}, "status": NOTHING_KNOWN, "run": None}
    assert printed(clusters_table([a_cluster(failed()), bare])) == [
        "NAME VERSION READY REASON POWER GENERATION LAST RUN",
        "simple-bank 1.30 False Provisioning awake 1 ✗ provision FAILED",
        "new Unknown awake 2",
    ]


def test_a_cluster_is_shown_in_sections() -> None:
    assert printed(cluster_view(a_cluster(failed()))) == [
        "name: simple-bank",
        "generation: 1",
        "version: 1.30",
        "endpoint: https://ABC.gr7.eu-central-1.eks.amazonaws.com",
        "",
        "CONDITION STATUS REASON MESSAGE SINCE",
        "Degraded Unknown",
        "Ready False Provisioning waiting for [addons/coredns] 2026-10-07T12:00:00Z",
        "",
        *NIGHT,
        "",
        "NODE GROUP STATUS IN SERVICE",
        "workers ACTIVE 1 of 2",
        "",
        "ADD-ON STATUS VERSION",
        "coredns DEGRADED v1.11.1-eksbuild.4",
        "",
        f"last run: {RUN_ID}",
        "status: ✗ FAILED",
        "started: 2026-10-07T12:00:00Z",
        "took: 3m00s",
        "code: ResourceLimitExceeded",
        "cause: the account has [too many] clusters",
        "remedy: Ask for a higher quota.",
        "exists: cluster CREATING, roles/node",
    ]


def test_sections_that_would_be_empty_are_left_out() -> None:
    new: Cluster = {"name": "new", "generation": 1, "spec": {}, "status": NOTHING_KNOWN, "run": None}
    assert printed(cluster_view(new)) == ["name: new", "generation: 1", "", *NIGHT]


def test_nothing_is_cut_off_on_a_narrow_terminal() -> None:
    narrow = "".join(printed(cluster_view(a_cluster(succeeded())), width=40)).replace(" ", "")
    assert "https://ABC.gr7.eu-central-1.eks.amazonaws.com" in narrow
    assert "…" not in narrow


def test_runs_are_one_line_each() -> None:
    assert printed(runs_table([a_run(), succeeded(), failed()])) == [
        "RUN STATUS STARTED TOOK ERROR",
        f"{RUN_ID} ● RUNNING 2026-10-07T12:00:00Z",
        f"{RUN_ID} ✓ SUCCEEDED 2026-10-07T12:00:00Z 9m30s",
        f"{RUN_ID} ✗ FAILED 2026-10-07T12:00:00Z 3m00s ResourceLimitExceeded",
    ]


@pytest.mark.parametrize(
    ("picture", "line"),
    [
        (plan_view({"actions": []}), "Nothing to do: everything is as described."),
        (
            drift_view({"policy": "off", "lookedAt": None, "items": []}),
            "drift: off; nobody has looked since the last run",
        ),
        (clusters_table([]), "No clusters yet: `slipway apply -f FILE` creates one."),
        (runs_table([]), "No runs yet."),
    ],
)
def test_nothing_is_said_in_words(picture: RenderableType, line: str) -> None:
    assert printed(picture) == [line]


def test_an_accepted_change_names_its_run_and_where_to_see_it() -> None:
    accepted = f"simple-bank: generation 1 accepted, run {RUN_ID} RUNNING"
    run = a_run()
    assert accepted_text({"cluster": a_cluster(), "run": run}) == f"{accepted}\nconsole: {CONSOLE}"
    assert accepted_text({"cluster": a_cluster(), "run": {**run, "consoleUrl": None}}) == accepted


def test_what_is_in_effect_already_has_nothing_to_do() -> None:
    done: Run = {**a_run(), "status": "SUCCEEDED"}
    text = accepted_text({"cluster": a_cluster(), "run": done})
    assert text == f"simple-bank: nothing to do: generation 1 is in effect, run {RUN_ID} SUCCEEDED"
