"""Refusals: what EKS answers when it will not do as asked."""

from __future__ import annotations

COMMON_ERRORS = {
    "AccessDeniedException": 403,
    "ExpiredTokenException": 403,
    "IncompleteSignature": 400,
    "InternalFailure": 500,
    "NotAuthorized": 400,
    "RequestExpired": 400,
    "ServiceUnavailable": 503,
    "Throttling": 400,
    "ThrottlingException": 400,
    "TooManyRequestsException": 429,
    "UnrecognizedClientException": 403,
    "ValidationError": 400,
}
"""Errors that any AWS service may answer with, declared or not, and their HTTP status.

From AWS's lists of common errors; `TooManyRequestsException` from EKS in public logs (awslabs/amazon-eks-ami#999),
`ExpiredTokenException` from eksctl-io/eksctl#3514. A status that a service's model gives comes first.
"""


class Refusal(Exception):  # noqa: N818 - it is a service's answer to a caller, not a fault of this program
    """An error answer.

    Args:
        code: name of the error shape in the service model, for instance `ResourceInUseException`.
        message: the text.
        fields: further members of the error shape (`clusterName`, `validZones`, ...). Members which the
            shape does not have are left out of the answer.
    """

    def __init__(self, code: str, message: str, **fields: str | list[str] | None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.fields = {name: value for name, value in fields.items() if value is not None}


class NotModelled(Exception):  # noqa: N818 - likewise an answer
    """The model knows the operation (or the option); the twin does not do it and says so."""


def invalid_parameter(message: str, **fields: str | list[str] | None) -> Refusal:
    """Return a 400 that blames a parameter."""
    return Refusal("InvalidParameterException", message, **fields)


def invalid_request(message: str, **fields: str | list[str] | None) -> Refusal:
    """Return a 400 that blames the state of things."""
    return Refusal("InvalidRequestException", message, **fields)


def in_use(message: str, **fields: str | list[str] | None) -> Refusal:
    """Return a 409."""
    return Refusal("ResourceInUseException", message, **fields)


def not_found(message: str, **fields: str | list[str] | None) -> Refusal:
    """Return a 404."""
    return Refusal("ResourceNotFoundException", message, **fields)


def limit_exceeded(message: str, **fields: str | list[str] | None) -> Refusal:
    """Return a 400 that names a quota."""
    return Refusal("ResourceLimitExceededException", message, **fields)
