"""A client of one modelled service, for tests that hold a model to what it stands for."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, cast

from tests.quick import new_session
from tests.simulation.cloud import Cloud, service_of
from tests.simulation.engine import Engine
from tests.simulation.faults import Peace
from tests.simulation.history import History

if TYPE_CHECKING:
    from sandbox.clock import VirtualClock
    from tests.simulation.cloud import Service
    from tests.simulation.ground import Ground

    Client = Any
    """Any of boto3's."""


def client_of(service: str, model: Service, clock: VirtualClock) -> Client:
    """A client whose every call is answered by the model, at the simulation's door; there is no ground behind it."""
    client: Client = new_session("eu-central-1").client(service)  # type: ignore[call-overload] # any of them
    engine, history = Engine(clock), History(clock)
    cloud = Cloud(engine, Random(0), cast("Ground", None), history, {service_of(client): model}, Peace())  # noqa: S311 -- nothing is drawn
    client._make_api_call = partial(cloud.ask, client)
    return client
