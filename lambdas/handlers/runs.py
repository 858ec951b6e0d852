"""The function ``runs``: begins and ends runs in the ledger."""

from typing import Any

from lambdas.domain.answers import told
from lambdas.domain.dispositions import OPERATOR_NEEDED, Disposition
from lambdas.domain.progress import Failed, Progress
from lambdas.handlers.looking import Surroundings, logger, surroundings
from lambdas.steps.runs import Ledger


def handler(event: dict[str, Any], _: object) -> dict[str, object]:
    """Event: ``{verb: begin | open | finish | fail, cluster, run, last}``; answer: a Progress."""
    with logger.append_context_keys(cluster=event["cluster"], run=event["run"]):
        return answer(surroundings(), event)


def answer(around: Surroundings, event: dict[str, Any]) -> dict[str, object]:
    """What the ledger says to the event."""
    progress = _progress(Ledger(around.starter, around.announcer, event["cluster"]), event)
    given = told(progress)
    if isinstance(progress, Failed) and progress.disposition is Disposition.PAGE:
        logger.error(OPERATOR_NEEDED, extra={"answer": given})
    else:
        logger.info(event["verb"], extra={"answer": given})
    return given


def _progress(ledger: Ledger, event: dict[str, Any]) -> Progress:
    run = event["run"]
    match event["verb"]:
        case "begin":
            return ledger.begin(run)
        case "open":
            return ledger.open(run)
        case "finish":
            return ledger.finish(run)
        case "fail":
            return ledger.fail(run, event["last"])
        case verb:
            raise ValueError(f"There is no verb {verb!r}: begin, open, finish or fail.")
