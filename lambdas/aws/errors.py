"""botocore's error answers as values of the domain."""

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from lambdas.domain import pacing
from lambdas.domain.failures import ApiError, explain, explain_removal
from lambdas.domain.progress import Progress

Answer = TypeVar("Answer")

CallError = ClientError | NoConnection | HTTPClientError
CALL_ERRORS = (ClientError, NoConnection, HTTPClientError)
"""What a call can raise: an error answer, or no answer at all (the effect may have happened all the same)."""


def api_error(error: ClientError) -> ApiError:
    """The error answer, without botocore."""
    body = error.response.get("Error", {})
    metadata = error.response.get("ResponseMetadata", {})
    known = {"Error", "ResponseMetadata", "message", "Message"}
    return ApiError(
        operation=error.operation_name,
        code=str(body.get("Code", "Unknown")),
        message=str(body.get("Message", "")),
        http_status=int(metadata.get("HTTPStatusCode", 0)),
        fields={name: value for name, value in error.response.items() if name not in known},
    )


def progress_of(error: CallError) -> Progress:
    """The progress that a failed call amounts to; raises the error again if nobody expected it."""
    progress = meaning(error)
    if progress is None:
        raise error
    return progress


def meaning(error: CallError) -> Progress | None:
    """The progress that a failed call amounts to; None if nobody expected it."""
    if not isinstance(error, ClientError):
        return pacing.SERVICE_TROUBLE.wait(f"No answer came back: {error}")
    return explain(api_error(error))


def removal_progress_of(error: CallError) -> Progress:
    """The progress that a failed call of a removal amounts to; raises the error again if nobody expected it."""
    if not isinstance(error, ClientError):
        return progress_of(error)
    progress = explain_removal(api_error(error))
    if progress is None:
        raise error
    return progress


def found(read: Callable[[], Answer]) -> Answer | None:
    """The answer of a read, or None where the service says that the thing does not exist."""
    try:
        return read()
    except ClientError as error:
        if api_error(error).is_not_found:
            return None
        raise
