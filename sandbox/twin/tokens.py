"""clientRequestToken: the same request twice is done once, and the second answer is the first one's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sandbox.twin.errors import invalid_parameter

if TYPE_CHECKING:
    from sandbox.twin.wire import Json

MEMBER = "clientRequestToken"
SHORTEST, LONGEST = 33, 126


class Tokens:
    """The tokens used so far, each with what was asked and what was answered."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], tuple[str, Json]] = {}

    def replay(self, operation: str, params: Json) -> Json | None:
        """Return the earlier answer to this very request, or None for a new one.

        Raises:
            Refusal: the token has a wrong length, or was used for a request with other content.
        """
        token = params.get(MEMBER)
        if token is None:
            return None
        if not SHORTEST <= len(token) <= LONGEST:
            raise invalid_parameter(
                f"{MEMBER} must have between {SHORTEST} and {LONGEST} characters and has {len(token)}"
            )
        content, answer = self._answers.get((operation, token), (None, None))
        if content is not None and content != _content(params):
            raise invalid_parameter(f"The {MEMBER} was used before for a request with other parameters")
        return answer

    def remember(self, operation: str, params: Json, answer: Json) -> None:
        """Keep the answer for a replay. Refusals are not kept: the same token may try again."""
        if MEMBER in params:
            self._answers[operation, params[MEMBER]] = (_content(params), answer)

    def forget(self, cluster_name: str) -> None:
        """Forget those of a cluster that is gone: one of its name is another one."""
        self._answers = {
            key: (content, answer)
            for key, (content, answer) in self._answers.items()
            if _cluster(json.loads(content)) != cluster_name
        }


def _cluster(params: Json) -> object:
    return params.get("clusterName", params.get("name"))


def _content(params: Json) -> str:
    return json.dumps({name: value for name, value in params.items() if name != MEMBER}, sort_keys=True)
