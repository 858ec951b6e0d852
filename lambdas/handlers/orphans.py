"""The function ``orphans``, which EventBridge calls once a day."""

from dataclasses import asdict

from lambdas.handlers.looking import Surroundings, logger, surroundings
from lambdas.steps.orphans import LookTroubled, look_for_orphans


def handler(_: object, __: object) -> dict[str, object]:
    """Event: anything; answer: what was found."""
    return answer(surroundings())


def answer(around: Surroundings) -> dict[str, object]:
    """What the look found. Raises LookTroubled, for the alarm, once everything else has been looked at."""
    found = look_for_orphans(around.aws, around.settings.home(), around.announcer)
    said = asdict(found)
    logger.info("looked for orphans", extra={"answer": said})
    if found.trouble:
        raise LookTroubled(str(found.trouble))
    return said
