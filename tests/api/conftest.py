from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.handlers import api
from tests.house import house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.house import House

STAGE = "/v1"
"""Where the API is mounted: callers see it in their URL, the resolver does not."""


@dataclass(frozen=True)
class Answer:
    """What API Gateway would send."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:  # noqa: ANN401 -- JSON
        return json.loads(self.body)

    @property
    def content_type(self) -> str:
        return self.headers["Content-Type"]


@dataclass
class Client:
    """Sends requests as API Gateway hands them to the function."""

    home: House
    log: list[tuple[str, str, Answer]] = field(default_factory=list)

    def send(
        self, method: str, url: str, body: str | bytes | None = None, content_type: str | None = "application/json"
    ) -> Answer:
        path, query = urlsplit(url).path, parse_qs(urlsplit(url).query)
        headers = {"Content-Type": content_type} if content_type else {}
        event = {
            "httpMethod": method,
            "path": path,
            "resource": "/{proxy+}",
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
            "multiValueQueryStringParameters": query or None,
            "pathParameters": {"proxy": path.removeprefix("/")},
            "stageVariables": None,
            "requestContext": {
                "requestId": "request-1",
                "path": f"{STAGE}{path}",
                "stage": STAGE.removeprefix("/"),
                "identity": {"userArn": "arn:aws:iam::000000000000:user/alice"},
            },
            "body": b64encode(body).decode() if isinstance(body, bytes) else body,
            "isBase64Encoded": isinstance(body, bytes),
        }
        given = api.handler(event, LambdaContext())
        headers = {name: values[-1] for name, values in given["multiValueHeaders"].items()}
        answer = Answer(given["statusCode"], headers, given["body"])
        self.log.append((method, path, answer))
        return answer

    def get(self, url: str) -> Answer:
        return self.send("GET", url, content_type=None)

    def post(self, url: str, document: object) -> Answer:
        return self.send("POST", url, json.dumps(document))


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """The function in a house that stands for a module."""
    with house() as home, pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "surroundings", lambda: home.around)
        api._intake.cache_clear()
        yield Client(home)
    api._intake.cache_clear()


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A cluster of the test's own, so that all can share the house."""
    return f"c{abs(hash(request.node.nodeid)):x}"
