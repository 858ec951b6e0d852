from __future__ import annotations

from dataclasses import replace

import pytest

from lambdas.domain.existing import LOOKED_FOR, confirmation, existing, receipt
from lambdas.domain.pacing import Part
from lambdas.domain.paths import CONFIRMED
from lambdas.domain.runs import STOPPED, Left, Problem, Receipt, Verb, stopped, told_for

OBSERVED = {
    "cluster": {"status": "DELETED", "remade": 1},
    "network": {"vpcId": "vpc-1"},
    "nodegroups/a": {"status": "ACTIVE"},
    "nodegroups/b": {"status": "DELETED"},
    "nodegroups/c": {"remade": 1},
    "nodegroups/d": {"status": "DELETED", "earlier": True},
    "roles/node": {"arn": "arn", "left": "it is somebody else's"},
    "schedules": {"hash": "x"},
    f"{CONFIRMED}cluster": confirmation("run-2"),
    f"{CONFIRMED}leftovers": confirmation("run-1"),
    "sizes/a": {"power": "awake"},
}


def test_a_receipt_has_what_went_and_what_was_left() -> None:
    assert receipt(OBSERVED, "run-2") == Receipt(
        deleted=("cluster", "nodegroups/b"),
        left=(Left("roles/node", "it is somebody else's"),),
        lookedFor=LOOKED_FOR[Part.CLUSTER],
    )


def test_only_the_runs_own_last_look_is_its_proof() -> None:
    assert receipt(OBSERVED, "run-1").lookedFor == LOOKED_FOR[Part.LEFTOVERS]
    assert receipt(OBSERVED, "run-3").lookedFor == ()


def test_what_went_or_was_left_does_not_exist_for_the_cluster() -> None:
    assert existing(OBSERVED) == ("network", "nodegroups/a ACTIVE")


def test_nothing_observed_is_an_empty_receipt() -> None:
    assert receipt({}, "run-2") == Receipt()


@pytest.mark.parametrize(
    ("verb", "remedy", "said"),
    [
        (
            Verb.DESTROY,
            "Look; then send the same spec again: on it goes.",
            "Look; then DELETE the cluster again: on it goes.",
        ),
        (Verb.DESTROY, "Send the same spec again.", "DELETE the cluster again."),
        (Verb.SCALE, "Send the same spec again.", "Wait for the next sweep, which tries again."),
        (Verb.SCALE, "Look; then send the same spec again.", "Look; then wait for the next sweep, which tries again."),
        (Verb.PROVISION, "Send the same spec again.", "Send the same spec again."),
        (Verb.DESTROY, "Raise the quota.", "Raise the quota."),
    ],
)
def test_a_remedy_says_what_helps_a_run_of_its_verb(verb: Verb, remedy: str, said: str) -> None:
    problem = Problem(code="X", cause="Y", remedy=remedy)
    assert told_for(verb, problem) == replace(problem, remedy=said)


def test_who_was_stopped_hears_how_to_go_on() -> None:
    assert {verb: stopped(verb) for verb in Verb} == {verb: told_for(verb, STOPPED) for verb in Verb}
    assert "spec" not in stopped(Verb.SCALE).remedy + stopped(Verb.DESTROY).remedy
