"""Services that refuse an operation for a while."""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from lambdas.domain.failures import ApiError, explain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.progress import Progress


def throttled(operation: str) -> Progress | None:
    """What a step says of an operation that is throttled."""
    return explain(ApiError(operation=operation, code="Throttling", message="Rate exceeded", http_status=400))


@contextmanager
def refusing(client: Any, operation: str, status: int, code: str, message: str = "no") -> Iterator[None]:  # noqa: ANN401 -- any client
    """While this holds, an operation is refused."""
    error = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    event = f"before-call.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    client.meta.events.register(event, refuse := lambda **_: (SimpleNamespace(status_code=status), error))
    try:
        yield
    finally:
        client.meta.events.unregister(event, refuse)
