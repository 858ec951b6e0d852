"""The names of a cluster's schedules in EventBridge Scheduler: `simple-bank.0c5b3f2e91d4`.

Before the dot stands whose it is, and clusters' names have no dots; after it a digest of all that the schedule says. So
no cluster's schedules are taken for another's, and one that is to say something else is another schedule: their names
alone show what is missing and what is too much.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Final

_DIGEST: Final = 12
_LONGEST_CLUSTER: Final = 51
"""What 64 characters, which Scheduler takes, leave for it."""


def prefix(cluster: str) -> str:
    """What the names begin with: ``simple-bank.``; a long name is cut, and has a digest of itself after another dot."""
    if len(cluster) <= _LONGEST_CLUSTER:
        return f"{cluster}."
    return f"{cluster[: _LONGEST_CLUSTER - _DIGEST - 1]}.{_digest(cluster)}."


def schedule_name(cluster: str, content: Mapping[str, object]) -> str:
    """The name of the schedule that says this."""
    return f"{prefix(cluster)}{_digest(content)}"


def belonging(cluster: str, names: Iterable[str]) -> list[str]:
    """Those of the names that are this cluster's: after its prefix there is no other dot."""
    begins = prefix(cluster)
    return [name for name in names if name.startswith(begins) and "." not in name.removeprefix(begins)]


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]
