"""The function ``runs``: begins and ends runs in the ledger."""

from typing import Any

from lambdas.domain.answers import told
from lambdas.domain.progress import Progress
from lambdas.handlers.looking import logger, now, surroundings
from lambdas.steps.runs import begin, fail, finish


def handler(event: dict[str, Any], _: object) -> dict[str, object]:
    """Event: ``{verb: begin | finish | fail, cluster, run, last}``; answer: a Progress."""
    with logger.append_context_keys(cluster=event["cluster"], run=event["run"]):
        answer = told(_progress(event))
        logger.info(event["verb"], extra={"answer": answer})
        return answer


def _progress(event: dict[str, Any]) -> Progress:
    registry, cluster, run = surroundings().registry, event["cluster"], event["run"]
    match event["verb"]:
        case "begin":
            return begin(registry, cluster, run)
        case "finish":
            return finish(registry, cluster, run, now())
        case "fail":
            return fail(registry, cluster, run, now(), event["last"])
        case verb:
            raise ValueError(f"There is no verb {verb!r}: begin, finish or fail.")
