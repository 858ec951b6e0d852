"""Closes: a stack's output names an API by AWS's host name, which leads to AWS and not here.

Whoever takes a deployed API's address from a stack's outputs, as users of the real account do, finds it here as well.
"""

from __future__ import annotations

import os
import re
from typing import Any, Final

from ministack.services.cloudformation import stacks

_INVOKE_URL: Final = re.compile(r"https://([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com/([^/]+)")


def install() -> None:
    """Let every output that is an API's address be one that is answered here."""
    resolve = stacks._resolve_stack_outputs  # noqa: SLF001 - what makes the outputs of a stack

    def resolve_here(*arguments: Any, **more: Any) -> Any:  # noqa: ANN401 - MiniStack's
        outputs, exports = resolve(*arguments, **more)
        for output in outputs:
            output["OutputValue"] = reachable(output["OutputValue"])
        return outputs, exports

    stacks._resolve_stack_outputs = resolve_here  # noqa: SLF001 - as above


def reachable(value: str) -> str:
    """The value with an API's address, if it is one, on the sandbox's own port."""
    return _INVOKE_URL.sub(rf"{os.environ['AWS_ENDPOINT_URL']}/restapis/\1/\2/_user_request_", value)
