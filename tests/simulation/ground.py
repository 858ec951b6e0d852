"""What all simulations of a process stand on: clients that are made once, and moto for what is not modelled here."""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from botocore import UNSIGNED
from botocore.config import Config
from moto import mock_aws
from moto.backends import get_backend
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.models import moto_api_backend

from lambdas.aws import clients
from lambdas.aws.clients import Aws
from lambdas.handlers.looking import logger
from sandbox.neighbours import move_in
from sandbox.twin.inprocess import attach
from tests.house import ACCOUNT, REGION, furnished, light_moto
from tests.quick import new_session
from tests.simulation.cloud import service_of
from tests.simulation.memory import Memory
from tests.simulation.snapshot import Snapshot
from tests.simulation.threads import in_turn
from tests.wire import READING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import boto3

    from lambdas.settings import Settings
    from sandbox.twin.wire import Answers, HttpRequest, HttpResponse

    Json = dict[str, Any]
    Client = Any
    """Any of boto3's."""

    Ask = Callable[[Client, str, Json], Json]

_SENDS: Final[dict[str, int]] = {
    name: getattr(clients, name).retries["total_max_attempts"] for name in ("CONFIG", "BRIEF", "ONCE")
}
"""By the names of the clients' configurations; here the door sends again, not botocore."""

_TWIN: Final = frozenset({"eks", "autoscaling"})
"""The services of which the twin answers what it models, and not always the same."""

_BACKENDS: Final[tuple[tuple[Any, str], ...]] = (
    (get_backend("iam"), "aws"),
    (get_backend("ec2"), REGION),
    (get_backend("logs"), REGION),
    (get_backend("elb"), REGION),
    (get_backend("elbv2"), REGION),
    (get_backend("service-quotas"), REGION),
    (get_backend("autoscaling"), REGION),
)
"""The services in which anything may change, and where moto keeps what they know."""


class Ground:
    """The account under all simulations of this process. One at a time stands on it."""

    def __init__(self, session: boto3.session.Session) -> None:
        self.aws = Aws(session)
        self._session = session
        self._memory = Memory()
        self._settings: Settings | None = None
        self._at_first: Snapshot | None = None
        self._twin: Answers | None = None
        self._ask: Ask | None = None
        self._inner = cache(self._inner_client)
        attach(session, self)

    # -- who stands on it

    def stand(self, twin: Answers, ask: Ask) -> None:
        """From now on EKS is this twin, and every call of Slipway's goes through this door."""
        self._twin, self._ask = twin, ask
        for client in self.clients():
            client._make_api_call = partial(ask, client)

    def handle(self, request: HttpRequest) -> HttpResponse | None:
        """What the twin says that stands here now."""
        assert self._twin is not None
        return self._twin.handle(request)

    def clients(self) -> list[Client]:
        """The clients of Slipway's functions."""
        aws = self.aws
        return [
            aws.eks,
            aws.eks_by_turns, aws.iam, aws.ec2, aws.autoscaling, aws.stepfunctions, aws.kms, aws.quotas, aws.scheduler,
            aws.logs, aws.events, aws.balancing, aws.classic_balancing, aws.dynamodb,
        ]  # fmt: skip

    def sends(self, client: Client) -> int:
        """How often the SDK sends one request of this client before it gives up."""
        return _SENDS[{self.aws.events: "BRIEF", self.aws.eks_by_turns: "ONCE"}.get(client, "CONFIG")]

    # -- what it answers

    def answer(self, client: Client, operation: str, params: Json) -> Json:
        """The twin's answer, or moto's."""
        service, call = service_of(client), type(client)._make_api_call
        if service in _TWIN:
            answer: Json = call(client, operation, params)
            return answer
        if operation.startswith(READING):
            return self._memory.recall(service, operation, params, lambda: call(client, operation, params))
        self._memory.change(service, operation)
        changed: Json = call(client, operation, params)
        return changed

    def inner(self, service: str) -> Any:  # noqa: ANN401 -- any client
        """A client past the door: for AWS's own doings, and for whoever looks from outside."""
        return self._inner(service)

    def _inner_client(self, service: str) -> Any:  # noqa: ANN401 -- as above
        client: Any = self._session.client(service, config=clients.CONFIG)  # type: ignore[call-overload] # any of them
        client._make_api_call = partial(self.answer, client)
        return client

    # -- the neighbours

    def fresh(self) -> Settings:
        """Make it as it was at first, if anything has changed. Answers the settings of a Slipway that lives here."""
        if self._settings is None:
            _draw_nothing_later()
            mock_random.seed(0)
            self._settings = _furnish(self.inner)
            self._at_first = Snapshot.of([backends[ACCOUNT][place] for backends, place in _BACKENDS])
        elif self._memory.is_changed and self._at_first is not None:
            self._at_first.restore()
        mock_random.seed(0)
        self._memory.begin_anew()
        return self._settings


@contextmanager
def ground() -> Iterator[Ground]:
    """A ground for as long as a process simulates."""
    quick = Config(
        signature_version=UNSIGNED, user_agent="tests", retries={"mode": "standard", "total_max_attempts": 1}
    )
    with ExitStack() as stack:
        stack.enter_context(light_moto())
        stack.enter_context(mock.patch.object(clients, "CONFIG", clients.CONFIG.merge(quick)))
        stack.enter_context(mock.patch.object(clients, "BRIEF", clients.BRIEF.merge(quick)))
        stack.enter_context(in_turn())
        stack.callback(logger.setLevel, logger.log_level)
        logger.setLevel(logging.CRITICAL)
        stack.enter_context(mock.patch.dict(os.environ, {"AWS_REGION": REGION}))
        stack.enter_context(mock_aws(config={"iam": {"load_aws_managed_policies": True}}))
        yield Ground(new_session(REGION))


def _draw_nothing_later() -> None:
    """Have moto begin anew, with what it makes once a process behind it, so that the first time is like all others."""
    for backends, place in _BACKENDS:
        assert backends[ACCOUNT][place]
    moto_api_backend.reset()
    for backends, _ in _BACKENDS:
        backends.clear()  # some are made again while others are reset


def _furnish(client: Callable[[str], Any]) -> Settings:
    """Neighbours move in, and what the stack makes beside the models."""
    move_in(client)
    return furnished(client)
