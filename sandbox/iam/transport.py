"""Closes: a policy that demands TLS refuses everybody, because the sandbox is spoken to without it.

The loopback stands for the encrypted way that there is to AWS: `aws:SecureTransport` is true for every request.
"""

from __future__ import annotations

from ministack import app
from ministack.core import iam_evaluator


def install() -> None:
    """Put this in the place of the name that MiniStack's request path has imported."""
    app.pin_request_origin = _pin_secure_origin


def _pin_secure_origin(source_ip: str, secure_transport: bool) -> None:  # noqa: ARG001, FBT001 - called as the original
    iam_evaluator.pin_request_origin(source_ip, secure_transport=True)
