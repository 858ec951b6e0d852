"""What a modelled service answers in place of what it was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Refused(Exception):  # noqa: N818 -- as its service says it
    """An error answer: its code, what it says, its other members, its HTTP status."""

    code: str
    message: str = ""
    members: dict[str, Any] = field(default_factory=dict)
    status: int = 400
