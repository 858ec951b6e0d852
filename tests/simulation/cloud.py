"""The AWS that all is asked of: one door for every call, behind it the twin, the models, and moto for the rest."""

from __future__ import annotations

import json
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from email.utils import format_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.retries.standard import ThrottledRetryableChecker, TransientRetryableChecker

from lambdas.aws.clients import CONFIG
from tests.simulation.faults import Call, Fate
from tests.simulation.plain import copied
from tests.simulation.refusals import Refused
from tests.wire import READING, Died

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from random import Random

    from tests.simulation.engine import Engine
    from tests.simulation.faults import Strike, Strikes
    from tests.simulation.ground import Ground
    from tests.simulation.history import History

    Json = dict[str, Any]
    Client = Any
    """Any of boto3's."""

READ_TIMEOUT: Final = float(CONFIG.read_timeout)  # type: ignore[attr-defined] # the stubs leave it out
"""Seconds until a caller gives an answer up."""

_TRANSIENT: Final = frozenset(TransientRetryableChecker._TRANSIENT_STATUS_CODES)  # type: ignore[attr-defined] # botocore's own list
_THROTTLED: Final = frozenset(ThrottledRetryableChecker._THROTTLED_ERROR_CODES)  # type: ignore[attr-defined] # as above
_LONGEST_BACKOFF: Final = 20.0
_OF_THE_TWIN: Final = frozenset({"eks", "autoscaling"})
"""The modelled services whose faults lie in wait for requests on the wire."""


class Service(Protocol):
    """A service that is modelled here."""

    def call(self, operation: str, params: Json) -> Json | None:
        """Do an operation; None for what somebody else answers. Raises Refused."""


@dataclass
class Cloud:
    """One account. Every call of Slipway's comes through ``ask``, where it takes time and meets its fate."""

    engine: Engine
    random: Random
    ground: Ground
    history: History
    services: dict[str, Service]
    strikes: Strikes
    guards: list[Callable[[Call], None]] = field(default_factory=list)
    """Asked of every call that reaches AWS, before it is done."""

    numbered: list[str] = field(default_factory=list)
    """All calls so far, by function and name: a call's number is its place here."""

    unheard: set[int] = field(default_factory=set)
    """The numbers of the calls that AWS may have carried out without their callers knowing."""

    sent: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    latency: tuple[float, float] = (0.01, 0.05)
    """Seconds on the way there, and as many on the way back."""

    on_the_wire: Callable[[], bool] = lambda: False
    """Whether rules of the twin's stand, which look at requests on the wire."""

    lag: Callable[[Call, Json], Json] | None = None
    """What is answered in the place of a fresh answer."""

    buckets: Callable[[Call], bool] | None = None
    """Whether a call is let through; others are told to come again."""

    def ask(self, client: Client, operation: str, params: Json) -> Json:
        """Make a call as the SDK does: with its retries, and its waits between them.

        Raises ClientError, ReadTimeoutError, or Died where the function ends in the midst of it.
        """
        process = self.engine.current
        if process is None:  # a look from outside, which is not Slipway's
            return self._answered(client, Call(0, "observer", service_of(client), operation, params))
        function = str(process.about)
        self.numbered.append(f"{function} {service_of(client)}:{operation}")
        call = Call(len(self.numbered), function, service_of(client), operation, params)
        strike = self.strikes.strike(call)
        if strike is not None:
            self.struck[strike.kind] += 1
            self.history.note("strike", f"{call.number} {function} {call.name} {strike.kind}")
        if strike and strike.fate is Fate.DIES_BEFORE:
            raise Died(call.name)
        if strike and strike.fate in {Fate.DIES_AFTER, Fate.ANSWER_LOST, Fate.ALL_ANSWERS_LOST}:
            self.unheard.add(call.number)
        answer = self._sent(client, call, strike)
        if strike and strike.fate is Fate.DIES_AFTER:
            raise Died(call.name)
        return answer

    def _sent(self, client: Client, call: Call, strike: Strike | None) -> Json:
        sends = self.ground.sends(client)
        for send in range(1, sends + 1):
            try:
                return self._one(client, call, strike, send)
            except (ClientError, ReadTimeoutError) as error:
                if send == sends or not _is_passing(error):
                    raise
            self.engine.pause(min(self.random.random() * 2 ** (send - 1), _LONGEST_BACKOFF))
        raise AssertionError("a call is sent at least once")

    def _one(self, client: Client, call: Call, strike: Strike | None, send: int) -> Json:
        self.sent[call.name] += 1
        self.engine.pause(self.random.uniform(*self.latency))
        if strike and strike.fate is Fate.REFUSED and strike.error and send <= strike.sends:
            raise self._error(client, call, strike.error)
        if self.buckets is not None and not self.buckets(call):
            self.struck["throttled"] += 1
            raise self._error(client, call, Refused("TooManyRequestsException", "Too Many Requests", status=429))
        answer = self._answered(client, call)
        if self.lag is not None:
            answer = copied(self.lag(call, answer))
        if strike and (strike.fate is Fate.ALL_ANSWERS_LOST or (strike.fate is Fate.ANSWER_LOST and send == 1)):
            self.engine.pause(READ_TIMEOUT)
            raise ReadTimeoutError(endpoint_url=call.service)
        self.engine.pause(self.random.uniform(*self.latency))
        return answer

    def _answered(self, client: Client, call: Call) -> Json:
        for guard in self.guards:
            guard(call)
        if not call.operation.startswith(READING):
            said = {key: value for key, value in call.params.items() if call.service != "dynamodb"}
            self.history.note("call", f"{call.function} {call.name} {json.dumps(said, sort_keys=True, default=str)}")
        answer = self._modelled(client, call)
        if answer is None:
            return self.ground.answer(client, call.operation, call.params)
        return {**answer, "ResponseMetadata": self._metadata(200)}

    def _modelled(self, client: Client, call: Call) -> Json | None:
        """The answer of what is modelled here; None for what is asked over the wire."""
        if call.service not in self.services or (call.service in _OF_THE_TWIN and self.on_the_wire()):
            return None
        try:
            return self.services[call.service].call(call.operation, call.params)
        except Refused as refused:
            raise self._error(client, call, refused) from refused

    def _error(self, client: Client, call: Call, refused: Refused) -> ClientError:
        body = {"Error": {"Code": refused.code, "Message": refused.message}, **deepcopy(refused.members)}
        kind = client.exceptions.from_code(refused.code)
        error: ClientError = kind({**body, "ResponseMetadata": self._metadata(refused.status)}, call.operation)
        return error

    def _metadata(self, status: int) -> Json:
        date = _date(self.engine.clock.now().replace(microsecond=0))
        return {"HTTPStatusCode": status, "HTTPHeaders": {"date": date}, "RetryAttempts": 0}


def service_of(client: Client) -> str:
    """``eks``, as botocore names it."""
    return str(client.meta.service_model.service_name)


@lru_cache(maxsize=64)
def _date(second: datetime) -> str:
    return format_datetime(second, usegmt=True)


def _is_passing(error: ClientError | ReadTimeoutError) -> bool:
    """Whether the SDK asks again by itself, in its standard mode."""
    if isinstance(error, ReadTimeoutError):
        return True
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return status in _TRANSIENT or error.response["Error"]["Code"] in _THROTTLED
