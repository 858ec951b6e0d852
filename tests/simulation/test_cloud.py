"""The door that every call goes through: what the caller sees of each fate, and what AWS has done by then."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from lambdas.aws import clients
from sandbox.clock import VirtualClock
from tests.house import REGION, START
from tests.quick import new_session
from tests.simulation.chance import chance
from tests.simulation.cloud import READ_TIMEOUT, Cloud
from tests.simulation.engine import Engine
from tests.simulation.faults import ByNumber, Fate, Strike
from tests.simulation.history import History
from tests.simulation.refusals import Refused
from tests.wire import Died

if TYPE_CHECKING:
    from tests.simulation.cloud import Service
    from tests.simulation.ground import Ground

    Json = dict[str, Any]

SENDS = clients.CONFIG.retries["total_max_attempts"]  # type: ignore[attr-defined] # the stubs leave it out
THROTTLED = Refused("TooManyRequestsException", status=429)
FORBIDDEN = Refused("AccessDeniedException", status=403)


@dataclass
class Heard:
    """A service that does what it is asked."""

    asked: list[str] = field(default_factory=list)

    def call(self, operation: str, _: Json) -> Json:
        self.asked.append(operation)
        return {"clusters": []}


def met(strike: Strike) -> tuple[object, int, float]:
    """What a call comes to that is struck, how often AWS has done it, and how many seconds it took."""
    client: Any = new_session(REGION).client("eks")
    clock, heard = VirtualClock(START), Heard()
    engine = Engine(clock)
    ground = cast("Ground", SimpleNamespace(sends=lambda _: SENDS))
    services: dict[str, Service] = {"eks": heard}
    cloud = Cloud(engine, chance(0, "latency"), ground, History(clock), services, ByNumber({1: strike}))
    client._make_api_call = partial(cloud.ask, client)

    def ask() -> object:
        try:
            answer: Json = client.list_clusters()
        except ClientError as error:
            return error.response["Error"]["Code"]
        except (Died, ReadTimeoutError) as error:
            return type(error).__name__
        return answer["clusters"]

    found = engine.do(ask, about="cluster")
    return found, len(heard.asked), (clock.now() - START).total_seconds()


@pytest.mark.parametrize(
    ("strike", "seen", "done", "timeouts"),
    [
        (Strike(Fate.DIES_BEFORE), "Died", 0, 0),
        (Strike(Fate.DIES_AFTER), "Died", 1, 0),
        (Strike(Fate.ANSWER_LOST), [], 2, 1),
        (Strike(Fate.ALL_ANSWERS_LOST), "ReadTimeoutError", SENDS, SENDS),
        (Strike(Fate.REFUSED, THROTTLED, sends=1), [], 1, 0),
        (Strike(Fate.REFUSED, THROTTLED), THROTTLED.code, 0, 0),
        (Strike(Fate.REFUSED, FORBIDDEN, sends=1), FORBIDDEN.code, 0, 0),
    ],
    ids=lambda it: it.kind if isinstance(it, Strike) else None,
)
def test_a_fate(strike: Strike, seen: object, done: int, timeouts: int) -> None:
    found, asked, seconds = met(strike)
    assert (found, asked) == (seen, done)
    assert timeouts * READ_TIMEOUT <= seconds < (timeouts + 1) * READ_TIMEOUT
