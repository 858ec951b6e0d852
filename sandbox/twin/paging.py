"""Lists come in pages: maxResults items and an opaque token for the rest."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from sandbox.twin.errors import invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.twin.wire import Json

DEFAULT_PAGE = 100


def page(params: Json, member: str, items: Sequence[Any]) -> Json:
    """Return the page of `items` that `params` (maxResults, nextToken) ask for, under the name `member`."""
    start = _offset(params["nextToken"]) if "nextToken" in params else 0
    end = start + params.get("maxResults", DEFAULT_PAGE)
    token = {"nextToken": _token(end)} if end < len(items) else {}
    return {member: list(items[start:end]), **token}


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"offset:{offset}".encode()).decode()


def _offset(token: str) -> int:
    try:
        word, _, number = base64.urlsafe_b64decode(token).decode().partition(":")
        if word == "offset":
            return int(number)
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise invalid_parameter("Invalid nextToken") from error
    raise invalid_parameter("Invalid nextToken")
