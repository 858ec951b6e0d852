from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.handlers import api, looking
from tests.api.gateway import Answer, proxy_event
from tests.house import house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.house import House


@dataclass
class Client:
    """Sends requests as API Gateway hands them to the function."""

    home: House
    log: list[tuple[str, str, Answer]] = field(default_factory=list)

    def send(
        self, method: str, url: str, body: str | bytes | None = None, content_type: str | None = "application/json"
    ) -> Answer:
        headers = {"Content-Type": content_type} if content_type else {}
        answer = self.handle(proxy_event(method, url, headers, body))
        self.log.append((method, urlsplit(url).path, answer))
        return answer

    @staticmethod
    def handle(event: dict[str, Any]) -> Answer:
        """The answer to a proxy event."""
        given = api.handler(event, LambdaContext())
        headers = {name: values[-1] for name, values in given["multiValueHeaders"].items()}
        return Answer(given["statusCode"], headers, given["body"])

    def get(self, url: str) -> Answer:
        return self.send("GET", url, content_type=None)

    def post(self, url: str, document: object) -> Answer:
        return self.send("POST", url, json.dumps(document))

    def put(self, url: str, document: object) -> Answer:
        return self.send("PUT", url, json.dumps(document))


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """The function in a house that stands for a module."""
    with house() as home, pytest.MonkeyPatch.context() as patch:
        patch.setattr(looking, "surroundings", lambda: home.around)
        yield Client(home)


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A cluster of the test's own, so that all can share the house."""
    return f"c{abs(hash(request.node.nodeid)):x}"
