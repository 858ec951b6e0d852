"""The way to the twins: authenticate and authorise a request as MiniStack would, then let the twin answer."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from ministack.core import iam_evaluator, responses, router

from sandbox.iam.enforcement import access_denied_response, enforce
from sandbox.twin import HttpRequest
from sandbox.twin.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.asgi import Scope
    from sandbox.twin.authorization import Permission
    from sandbox.twin.faults import Faults

    Answer = tuple[int, Mapping[str, str], bytes]
    NewTwin = Callable[[str, str], Faults]


class TwinGate:
    """One twin for each account and region that is spoken to, each behind IAM and behind its fault rules."""

    def __init__(self, new_twin: NewTwin) -> None:
        self._new_twin = new_twin
        self._twins: dict[tuple[str, str], Faults] = {}

    def faults(self, account: str, region: str) -> Faults:
        """The fault rules before the twin of an account and region, made with it when first asked for."""
        key = (account, region)
        if key not in self._twins:
            self._twins[key] = self._new_twin(account, region)
        return self._twins[key]

    async def settle(self) -> None:
        """Let the twins do by now what they do in other services by themselves.

        A twin that is at work is left alone: it may be its own call into another service that has come here, and
        waiting for it would never end.
        """
        for faults in list(self._twins.values()):
            if faults.twin.is_behind():
                await asyncio.to_thread(faults.twin.settle)

    async def answer(self, service: str, scope: Scope, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """Answer a request signed for `service`; None leaves it to MiniStack.

        Raises:
            AnswerLost: a fault rule wants the connection closed without an answer.
        """
        caller = _Caller(service, scope, headers, body)
        faults = self.faults(caller.account, caller.region)
        request = HttpRequest(
            service=service,
            method=scope["method"],
            path=caller.path,
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            body=body,
            caller=caller.arn,
        )
        # In threads: the twin looks into IAM, EC2 and KMS, which this very event loop serves.
        refusal = caller.refusal(await asyncio.to_thread(faults.twin.permissions, request))
        if isinstance(refusal, Refusal):
            refused = await asyncio.to_thread(faults.twin.refuse, service, refusal)
            return refused.status, refused.headers, refused.body
        if refusal is not None:
            return refusal
        response = await asyncio.to_thread(faults.handle, request)
        return None if response is None else (response.status, response.headers, response.body)


class _Caller:
    """Who signed a request, known to MiniStack's evaluator the way MiniStack's own front makes it known."""

    def __init__(self, service: str, scope: Scope, headers: Mapping[str, str], body: bytes) -> None:
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        self._service = service
        self._headers = headers
        self._key: str = router.extract_access_key_id(headers, query)
        self.region: str = router.extract_region(headers, query)
        self.path: str = scope.get("raw_path", b"").decode("latin-1") or scope["path"]
        self._pin(scope, query, body)
        self.account: str = responses.get_account_id()
        self.arn: str = iam_evaluator.request_caller_arn(headers, query)

    def _pin(self, scope: Scope, query: dict[str, list[str]], body: bytes) -> None:
        owner = iam_evaluator.find_iam_access_key_account(self._key)
        responses.set_request_account_id(owner or self._key)
        responses.set_request_region(self.region)
        iam_evaluator.pin_request_origin((scope.get("client") or ("127.0.0.1",))[0], secure_transport=True)
        iam_evaluator.pin_signed_request(scope["method"], self.path, query, scope["headers"])
        iam_evaluator.pin_signed_body(body)

    def refusal(self, needed: list[Permission]) -> Answer | Refusal | None:
        """The answer to a caller who lacks one of the permissions, or EKS's own; None when all are there."""
        for permission in needed:
            service, action = permission.action.partition(":")[0], permission.action
            denied = enforce(self._key, action, service, self.region, permission.resource, permission.context)
            if denied is not None and permission.eks_says and not isinstance(denied, iam_evaluator.AuthError):
                return Refusal("InvalidRequestException", permission.eks_says)
            if denied is not None:
                return self._refuse(action, denied)
        return None

    def _refuse(self, action: str, denied: Any) -> Answer:  # noqa: ANN401 - MiniStack's EvalResult or AuthError
        if isinstance(denied, iam_evaluator.AuthError):
            details = {"error_code": denied.code, "message": denied.message}
            principal = ""
        else:
            details = {"explicit_deny": denied.decision == "Deny"}
            principal = denied.principal_arn
        answer: Answer = access_denied_response(
            self._service, action, principal, str(uuid.uuid4()), headers=self._headers, **details
        )
        return answer
