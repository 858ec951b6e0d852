"""Closes: KMS chooses the ids of its keys, so that no example could name a key of the sandbox beforehand.

A key that is created with the tag `sandbox/key-id` gets that id. Everything else about it is as MiniStack made it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.services import kms

from sandbox.neighbours import KEY_ID_TAG

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[dict[str, Any]], Any]


def install() -> None:
    """Put a wrapper in the place of MiniStack's CreateKey, which it looks up in its module for each request."""
    kms._create_key = _creating(kms._create_key)  # noqa: SLF001 - what CreateKey calls


def _creating(create: Handler) -> Handler:
    def create_key(data: dict[str, Any]) -> Any:  # noqa: ANN401 - MiniStack's response
        status, headers, body = create(data)
        wanted = {tag["TagKey"]: tag["TagValue"] for tag in data.get("Tags", [])}.get(KEY_ID_TAG)
        if status != 200 or wanted is None:  # noqa: PLR2004 - HTTP's OK
            return status, headers, body
        keys = kms._keys  # noqa: SLF001 - its store
        key = keys.pop(json.loads(body)["KeyMetadata"]["KeyId"])
        key |= {"KeyId": wanted, "Arn": kms._arn(wanted)}  # noqa: SLF001 - how it writes a key's ARN
        keys[wanted] = key
        return kms.json_response({"KeyMetadata": kms._key_metadata(key)})  # noqa: SLF001 - as CreateKey answers

    return create_key
