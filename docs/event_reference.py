"""The text of docs/events.md, the reference of the events, out of the events themselves."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from lambdas.domain.events import EVENTS, FOR_A_PERSON, KEPT, SOURCE, DriftFound, Event

INTRODUCTION: Final = f"""\
# Events

<!-- Written by `make docs` from lambdas/domain/events.py. Do not edit by hand. -->

What AWS does not tell of clusters, Slipway does: on an event bus of its own in EventBridge, which has the stack's name
(the output `EventBus`). Every event has the source `{SOURCE}`, its kind as `detail-type`, and a `detail` of the schema
below. `GET /clusters/{{name}}/events` and `slipway events NAME` show those of one cluster for {KEPT.days} days, also
after its deletion.

- **Nothing gets lost.** An event is written in the same transaction as the change that it tells of. Whoever wrote it
  publishes it right after; what a function that died has left behind, the sweep publishes within some 15 minutes.
- **It may come twice**, which is the price: drop a `detail.id` that you have seen. The id says which happening it is,
  so it is the same however often that is told.
- **No run depends on it.** Trouble with EventBridge neither fails a run nor holds one up. The sweep reports it, and an
  alarm tells of the sweep.
- **Whose it is** stands in the `error.disposition` of a failure: `user` or `page`, by the tables of
  [failures.md](failures.md). A rule can match it, to send operators what is theirs.
- **Order is not kept** by EventBridge: `detail.at` says when something has happened.

A rule for a queue of yours, whose policy lets `events.amazonaws.com` send:

```
$ aws events put-rule --event-bus-name Slipway --name ready-clusters \\
    --event-pattern '{{"source": ["{SOURCE}"], "detail-type": ["{EVENTS[0].__name__}"]}}'
$ aws events put-targets --event-bus-name Slipway --rule ready-clusters --targets Id=queue,Arn=$QUEUE_ARN
```

**For people** there is an SNS topic (the output `EventTopic`), encrypted with the stack's key. It gets the `message` of
what nobody but a person does anything about: {", ".join(f"`{kind.__name__}`" for kind in FOR_A_PERSON)}, and
`{DriftFound.__name__}` where no run repairs it. What Slipway mends by itself, and what somebody has asked for and gets,
is not worth waking anybody. All alarms of the stack go to the topic, too. They are AWS's own eyes, and see a run fail
even if Slipway could not say so; so a failed run is told of twice, once with cause and remedy. To subscribe:

```
$ aws sns subscribe --topic-arn $TOPIC_ARN --protocol email --notification-endpoint you@example.com
```

| Event | To people | What it says |
|---|---|---|
"""

_MEMBERS: Final = """
Times are ISO 8601 in UTC. The schemas are JSON Schema 2020-12. Members may be added to an event; none goes, and none
changes its type.
"""


def reference() -> str:
    """Answer the text of docs/events.md."""
    rows = "\n".join(map(_row, EVENTS))
    return "\n".join(
        [
            f"{INTRODUCTION}{rows}\n{_MEMBERS}",
            *(_section(kind) for kind in EVENTS),
            "## Shared parts\n",
            "What the schemas refer to by `$ref`.\n",
            *(f"```json\n{_short(schema)}\n```\n" for schema in _shared().values()),
        ]
    )


def schemas() -> dict[str, dict[str, Any]]:
    """Answer the whole JSON Schema of each event's detail, by the event's name."""
    return {kind.__name__: _schema(kind) for kind in EVENTS}


def _schema(kind: type[Event]) -> dict[str, Any]:
    described = msgspec.json.schema(kind)
    parts = described["$defs"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **parts.pop(kind.__name__), "$defs": parts}


def _section(kind: type[Event]) -> str:
    schema = _schema(kind)
    own = {keyword: value for keyword, value in schema.items() if keyword not in {"$schema", "$defs", "description"}}
    return f"## {kind.__name__}\n\n{_text(kind)}\n\n```json\n{_short(own)}\n```\n"


def _shared() -> dict[str, Any]:
    return dict(sorted(part for schema in schemas().values() for part in schema["$defs"].items()))


def _short(schema: dict[str, Any]) -> str:
    """A schema in JSON with a line for each property."""
    properties = [f"    {json.dumps(name)}: {json.dumps(said)}" for name, said in schema.get("properties", {}).items()]
    members = [f"  {json.dumps(name)}: {json.dumps(said)}" for name, said in schema.items() if name != "properties"]
    if properties:
        members.insert(-1, '  "properties": {\n' + ",\n".join(properties) + "\n  }")
    return "{\n" + ",\n".join(members) + "\n}"


def _row(kind: type[Event]) -> str:
    to_people = "yes" if kind in FOR_A_PERSON else "unless it is repaired" if kind is DriftFound else "no"
    return f"| [`{kind.__name__}`](#{kind.__name__.lower()}) | {to_people} | {_text(kind).partition(chr(10))[0]} |"


def _text(kind: type[Event]) -> str:
    return "\n".join(line.strip() for line in (kind.__doc__ or "").strip().splitlines()).replace("``", "`")
