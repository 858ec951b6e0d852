"""The wire between Slipway and AWS in a house: what was changed over it, and what may become of a call on its way."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ReadTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import boto3
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.model import OperationModel

    Json = dict[str, Any]
    Strikes = Callable[["Call"], bool]

READING = ("Describe", "Get", "List", "Query")
SENDS = 3
"""How often the SDK sends one request before it gives up (``lambdas.aws.clients.CONFIG``)."""

TOKENS = frozenset({"ClientToken", "ClientRequestToken", "clientRequestToken"})


class Died(Exception):  # noqa: N818 -- what happened
    """The function ended where it stood, as one does that runs out of time or memory."""


class Fate(Enum):
    """What becomes of a call that is struck."""

    DIES_BEFORE = auto()
    """The function dies before AWS hears of it."""
    DIES_AFTER = auto()
    """AWS does what was asked for, and the function dies before it knows."""
    ANSWER_LOST = auto()
    """AWS does it, the answer gets lost, and the SDK asks again."""
    ALL_ANSWERS_LOST = auto()
    """AWS does it, and the SDK gives up after its last attempt."""
    LATE = auto()
    """The function is given up, but its call arrives all the same: as soon as ``Wire.deliver`` is called."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that was meant to change something: ``eks:CreateCluster``, which one of that name, and what it says."""

    name: str
    nth: int
    content: str


@dataclass
class Wire:
    """Looks at the calls that change something, and lets those that it is told to strike meet their fate."""

    session: boto3.session.Session
    changed: list[Call] = field(default_factory=list)
    struck: list[Call] = field(default_factory=list)
    _fate: Fate | None = None
    _strikes: Strikes = lambda _: False
    _asked: Counter[str] = field(default_factory=Counter)
    _call: Call | None = None
    _doom: Fate | None = None
    _sends: int = 0
    _replayed: bool = False
    late: list[tuple[OperationModel, Json]] = field(default_factory=list)

    def __post_init__(self) -> None:
        events = self.session.events
        events.register("provide-client-params", self._ask)
        events.register_first("before-send", self._send)
        events.register_last("before-send", self._sent)
        events.register("after-call", self._hear)

    @contextmanager
    def striking(self, fate: Fate, strikes: Strikes) -> Iterator[Wire]:
        """For a while, calls that ``strikes`` is true of meet this fate. ``Call.nth`` counts from here."""
        self._asked.clear()
        self._fate, self._strikes = fate, strikes
        try:
            yield self
        finally:
            self._fate = None

    def forget(self) -> None:
        """Forget what was changed and what was struck."""
        self.changed.clear()
        self.struck.clear()

    def deliver(self) -> None:
        """Let the late call arrive at last. Nobody hears the answer."""
        ((model, params),) = self.late
        self.late = []
        with suppress(ClientError):
            client: Any = self.session.client(model.service_model.service_name)  # type: ignore[call-overload] # any
            client._make_api_call(model.name, params)

    def _ask(self, params: Json, model: OperationModel, **_: object) -> None:
        self._call = self._doom = None
        if model.name.startswith(READING):
            return
        name = f"{model.service_model.service_name}:{model.name}"
        self._asked[name] += 1
        said = {key: value for key, value in params.items() if key not in TOKENS}
        self._call = Call(name, self._asked[name], json.dumps(said, sort_keys=True, default=str))
        if self._fate and self._strikes(self._call):
            self._meet(self._fate, params, model)

    def _meet(self, fate: Fate, params: Json, model: OperationModel) -> None:
        self._doom, self._sends = fate, 0
        # AWS answers a token that it knows as it did before; the twin does so too, moto does not.
        members = model.input_shape.members if model.input_shape else {}
        self._replayed = model.service_model.service_name != "eks" and not TOKENS.isdisjoint(members)
        if fate is Fate.LATE:
            self.late.append((model, params))
        if fate in {Fate.DIES_BEFORE, Fate.LATE}:
            self._die()

    def _send(self, request: AWSPreparedRequest, **_: object) -> None:
        """Where AWS would replay an answer, the request gets lost instead: the caller cannot tell."""
        self._sends += 1
        if self._replayed and self._loses() and not (self._doom is Fate.ALL_ANSWERS_LOST and self._sends == SENDS):
            self._lose(request)

    def _sent(self, request: AWSPreparedRequest, **_: object) -> None:
        if self._loses():
            self._lose(request)

    def _loses(self) -> bool:
        return self._doom is Fate.ALL_ANSWERS_LOST or (self._doom is Fate.ANSWER_LOST and self._sends == 1)

    def _lose(self, request: AWSPreparedRequest) -> None:
        if self._call is not None and self._call not in self.struck[-1:]:
            self.struck.append(self._call)
        raise ReadTimeoutError(endpoint_url=request.url)

    def _hear(self, parsed: Json, **_: object) -> None:
        if self._call is None or "Error" in parsed:
            return
        self.changed.append(self._call)
        if self._doom is Fate.DIES_AFTER:
            self._die()

    def _die(self) -> None:
        assert self._call is not None
        self.struck.append(self._call)
        raise Died(self._call.name)
