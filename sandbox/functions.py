"""Closes: MiniStack reports every exception of a Lambda handler as `Runtime.HandlerError` and ends its process for it.

On AWS `errorType` is the exception's class name, on which Retry and Catch of a state machine may depend, the payload
carries the stack trace, and the execution environment lives on:
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

if TYPE_CHECKING:
    from collections.abc import Callable

    Result = dict[str, Any]

_MARK = "__sandbox_handler_error__"

_ENDS_THE_WORKER = '{"status": "error", "error": str(e), "trace": traceback.format_exc()}'
_KEEPS_THE_WORKER = f"""{{"status": "ok", "result": {{"{_MARK}": {{
                "errorMessage": str(e), "errorType": type(e).__name__, "requestId": context.aws_request_id,
                "stackTrace": traceback.format_tb(e.__traceback__)}}}}}}"""


def install() -> None:
    """Change the script that MiniStack starts for a function, and what it makes of the script's answer."""
    script: str = lambda_runtime._PYTHON_WORKER_SCRIPT  # noqa: SLF001 - its template of a worker
    if script.count(_ENDS_THE_WORKER) != 1:
        raise RuntimeError("MiniStack's Python worker has changed; adapt sandbox/functions.py to the new version")
    lambda_runtime._PYTHON_WORKER_SCRIPT = script.replace(_ENDS_THE_WORKER, _KEEPS_THE_WORKER)  # noqa: SLF001
    lambda_svc._execute_function_warm = _with_named_errors(lambda_svc._execute_function_warm)  # noqa: SLF001


def _with_named_errors(execute: Callable[..., Result]) -> Callable[..., Result]:
    def execute_and_name(*arguments: object) -> Result:
        result = execute(*arguments)
        body = result.get("body")
        if not isinstance(body, dict) or _MARK not in body:
            return result
        error = body[_MARK]
        trace = "".join(error["stackTrace"])
        log = f"{result.get('log', '')}\n[ERROR] {error['errorType']}: {error['errorMessage']}\nTraceback:\n{trace}"
        return {"body": error, "error": True, "log": log}

    return execute_and_name
