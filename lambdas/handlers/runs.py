"""The function ``runs``: begins and ends runs in the ledger."""

from typing import Any

from lambdas.aws.registry import Registry
from lambdas.domain.answers import told
from lambdas.domain.progress import Progress
from lambdas.handlers.looking import logger, now, surroundings
from lambdas.steps.runs import begin, fail, finish


def handler(event: dict[str, Any], _: object) -> dict[str, object]:
    """Event: ``{verb: begin | finish | fail, cluster, run, last}``; answer: a Progress."""
    with logger.append_context_keys(cluster=event["cluster"], run=event["run"]):
        return answer(surroundings().registry, event)


def answer(registry: Registry, event: dict[str, Any]) -> dict[str, object]:
    """What the ledger says to the event."""
    given = told(_progress(registry, event))
    logger.info(event["verb"], extra={"answer": given})
    return given


def _progress(registry: Registry, event: dict[str, Any]) -> Progress:
    cluster, run = event["cluster"], event["run"]
    match event["verb"]:
        case "begin":
            return begin(registry, cluster, run)
        case "finish":
            return finish(registry, cluster, run, now())
        case "fail":
            return fail(registry, cluster, run, now(), event["last"])
        case verb:
            raise ValueError(f"There is no verb {verb!r}: begin, finish or fail.")
