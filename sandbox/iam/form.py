"""One API request as the IAM corrections see it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """A request that MiniStack is about to authorise; `params` are a Query protocol's form fields."""

    service: str
    action: str
    account: str
    region: str
    params: Mapping[str, Any]
    body: bytes

    def param(self, name: str) -> str:
        """One form field; an empty string when it is absent."""
        value = self.params.get(name, "")
        return str(value[0] if isinstance(value, list) and value else value or "")

    def document(self) -> dict[str, Any]:
        """The JSON body; empty when there is none, for a malformed one is the service's to refuse."""
        try:
            document = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}
