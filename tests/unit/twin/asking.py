"""Asking the twin as botocore would, without a client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from sandbox.twin import HttpRequest, HttpResponse
from sandbox.twin.model import EKS, service_model

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from sandbox.twin.wire import Answers


def operation_of(name: str) -> OperationModel:
    return service_model(EKS).operation_model(name)


def request_of(operation: OperationModel, params: dict[str, Any]) -> HttpRequest:
    """Return the request that botocore would send."""
    made = create_serializer("rest-json", include_validation=False).serialize_to_request(params, operation)
    query: Any = made["query_string"]
    body = made["body"]
    return HttpRequest(
        service=EKS,
        method=made["method"],
        path=made["url_path"],
        query=urlencode(query, doseq=True),
        body=body if isinstance(body, bytes) else str(body).encode(),
    )


def parsed(operation: OperationModel, response: HttpResponse) -> dict[str, Any]:
    raw = {"status_code": response.status, "headers": dict(response.headers), "body": response.body}
    shape: Any = operation.output_shape
    answer: dict[str, Any] = create_parser("rest-json").parse(raw, shape)
    answer.pop("ResponseMetadata")
    return answer


def ask(twin: Answers, name: str, params: dict[str, Any]) -> HttpResponse:
    response = twin.handle(request_of(operation_of(name), params))
    assert response is not None
    return response
