"""Whoever hears of events in a house: each must be what docs/events.md says of its kind."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from docs.event_reference import schemas
from lambdas.domain.events import SOURCE

if TYPE_CHECKING:
    import boto3

    Json = dict[str, Any]


@cache
def validator(kind: str) -> Draft202012Validator:
    """What judges the details of a kind of event; a member that the schema does not name is wrong, too."""
    return Draft202012Validator({**schemas()[kind], "unevaluatedProperties": False})


@dataclass
class Hearing:
    """The events that were sent to the bus, in the order in which they were sent."""

    heard: list[tuple[str, Json]] = field(default_factory=list)

    @classmethod
    def at(cls, session: boto3.session.Session) -> Hearing:
        """The one that listens to what a session sends."""
        hearing = cls()
        session.events.register("provide-client-params.eventbridge.PutEvents", hearing.note)
        return hearing

    def note(self, params: Json, **_: object) -> None:
        """Judge and remember the entries of a call."""
        for entry in params["Entries"]:
            kind, detail = entry["DetailType"], json.loads(entry["Detail"])
            assert entry["Source"] == SOURCE
            validator(kind).validate(detail)
            self.heard.append((kind, detail))

    @property
    def kinds(self) -> list[str]:
        """What was heard, kind by kind."""
        return [kind for kind, _ in self.heard]

    def of(self, cluster: str) -> list[tuple[str, Json]]:
        """What was heard of one cluster."""
        return [(kind, detail) for kind, detail in self.heard if detail["cluster"] == cluster]
