"""The twin: requests in, answers out, one at a time."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from email.utils import format_datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sandbox.twin import (
    access,
    addons,
    autoscaling,
    catalogue,
    cluster_updates,
    clusters,
    fargate,
    insights,
    launch_templates,
    nodegroup_updates,
    nodegroup_versions,
    nodegroups,
    podidentity,
    query,
    quotas,
    restjson,
    tagging,
    updates,
)
from sandbox.twin.authorization import Permission, permissions
from sandbox.twin.core import Call, Core, Handler, Scope
from sandbox.twin.errors import NotModelled, Refusal
from sandbox.twin.inventory import inventory
from sandbox.twin.latencies import Draws, Latencies
from sandbox.twin.model import AUTOSCALING, EKS, service_model
from sandbox.twin.quotas import Quotas
from sandbox.twin.roles import RoleVisibility
from sandbox.twin.timeline import Timeline
from sandbox.twin.validation import complaints
from sandbox.twin.wire import HttpRequest, HttpResponse, Json

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from botocore.model import OperationModel

    from sandbox.clock import Clock
    from sandbox.estate import Estate
    from sandbox.world import World

T = TypeVar("T")
ROLE_PROPAGATION_SECONDS = 8.0
NOT_MODELLED = "NotModelledByTheTwin"

OPERATIONS: dict[str, Handler] = {
    **access.OPERATIONS,
    **addons.OPERATIONS,
    **catalogue.OPERATIONS,
    **cluster_updates.OPERATIONS,
    **clusters.OPERATIONS,
    **fargate.OPERATIONS,
    **insights.OPERATIONS,
    **nodegroup_updates.OPERATIONS,
    **nodegroup_versions.OPERATIONS,
    **nodegroups.OPERATIONS,
    **podidentity.OPERATIONS,
    **tagging.OPERATIONS,
    **updates.OPERATIONS,
}
"""Every EKS operation that the twin models."""


class Twin:
    """A model of the EKS control plane in one account and region, and of the auto scaling groups behind it.

    Args:
        clock: tells what time it is. Everything that became due is settled when somebody looks.
        world: IAM, EC2 and KMS, as far as EKS looks at them.
        account: account id.
        region: region.
        seed: of all random numbers; the same seed and the same calls give the same answers.
        partition: of all ARNs.
        role_propagation_seconds: how long a role stays invisible after the twin was first asked about it.
        latencies: how long things take.
        quotas: how much the account may have.
        estate: where it makes what EKS makes outside itself (log groups, security groups); by default nowhere.
    """

    def __init__(  # noqa: PLR0913 - all by keyword, most with a default
        self,
        *,
        clock: Clock,
        world: World,
        account: str = "000000000000",
        region: str,
        seed: int = 0,
        partition: str = "aws",
        role_propagation_seconds: float = ROLE_PROPAGATION_SECONDS,
        latencies: Latencies | None = None,
        quotas: Quotas | None = None,
        estate: Estate | None = None,
    ) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._core = Core(
            scope=Scope(partition=partition, region=region, account=account),
            world=world,
            latencies=latencies or Latencies(),
            draws=Draws(seed),
            timeline=Timeline(clock.now()),
            roles=RoleVisibility(role_propagation_seconds),
            quotas=quotas or Quotas(),
            estate=estate,
        )

    @property
    def scope(self) -> Scope:
        """Partition, region and account, and the ARNs that follow from them."""
        return self._core.scope

    def handle(self, request: HttpRequest) -> HttpResponse | None:
        """Answer a request, or return None for one that is not the twin's to answer.

        Every `eks` request is answered. Of `autoscaling` those are that the twin models and that name no groups but
        its own, and of `servicequotas` those about EKS's quotas. The world is asked while the twin is locked; a
        caller on an event loop that also serves the world must therefore call this in a thread.
        """
        with self._lock:
            self._core.timeline.settle(self._clock.now())
            if request.service == EKS:
                return self._eks(request)
            if request.service == quotas.SIGNING_NAME:
                answer = quotas.answer(self._core, request)
                return None if answer is None else self._json(*answer)
            return self._autoscaling(request) if request.service == AUTOSCALING else None

    def settle(self) -> None:
        """Let everything happen that is due by now."""
        with self._lock:
            self._core.timeline.settle(self._clock.now())

    def is_behind(self) -> bool:
        """Is something due that nobody has settled? False, at once, while somebody else is at it."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            due = self._core.timeline.next_event()
            return due is not None and due <= self._clock.now()
        finally:
            self._lock.release()

    def permissions(self, request: HttpRequest) -> list[Permission]:
        """Return what the caller needs for `request`, with the ARNs and tags of what exists.

        See `sandbox.twin.authorization.permissions`; this adds UUIDs to ARNs and `aws:ResourceTag` keys.
        """
        with self._lock:
            self._core.timeline.settle(self._clock.now())
            tags = dict(tagging.tagged(self._core))
            templates = partial(launch_templates.look_up, self._core)
            needed = permissions(request, self.scope, partial(_find, list(tags)), templates)
            return [_with_tags(it, tags) for it in needed]

    def next_event(self) -> datetime | None:
        """Return when something will next happen by itself, or None if nothing will."""
        with self._lock:
            return self._core.timeline.next_event()

    def inventory(self) -> Json:
        """Return everything that exists now as plain JSON."""
        with self._lock:
            self._core.timeline.settle(self._clock.now())
            return inventory(self._core)

    @property
    def now(self) -> datetime:
        """What time it is."""
        return self._clock.now()

    def intervene(self, deed: Callable[[Core], T]) -> T:
        """Do something to what the control plane remembers, past the API, once all that is due has happened."""
        with self._lock:
            self._core.timeline.settle(self._clock.now())
            return deed(self._core)

    def answer(self, operation: str, params: Json) -> Json:
        """Answer an EKS request whose parameters are known already, as `handle` does on the wire.

        The answer is JSON, and the twin's own: whoever wants to change it makes a copy.

        Raises:
            Refusal: EKS will not do it.
        """
        with self._lock:
            self._core.timeline.settle(self._clock.now())
            return self._once(service_model(EKS).operation_model(operation), params, None)

    def call(self, operation: str, params: Json, caller: str) -> Json:
        """Do an EKS operation as `caller`, past the wire, with `params` by their member names.

        Raises:
            Refusal: EKS will not do it.
        """
        model = service_model(EKS).operation_model(operation)
        with self._lock:
            self._core.timeline.settle(self._clock.now())
            _check(model, params)
            return self._do(model, params, caller)

    def refuse(self, service: str, refusal: Refusal, status: int | None = None) -> HttpResponse:
        """Return the answer of `service` that says `refusal`, by default with the status of its code."""
        with self._lock:
            if service == EKS:
                usual, body = restjson.error(refusal)
                return self._json(status or usual, body, refusal.code)
            request_id = self._request_id()
            usual, text = query.error(refusal, request_id)
            return self._response(status or usual, {"Content-Type": "text/xml"}, text, request_id)

    def _eks(self, request: HttpRequest) -> HttpResponse:
        try:
            return self._json(200, self._eks_answer(request))
        except Refusal as refusal:
            status, body = restjson.error(refusal)
            return self._json(status, body, refusal.code)
        except NotModelled as gap:
            return self._json(501, {"message": f"The EKS twin does not model {gap}"}, NOT_MODELLED)

    def _json(self, status: int, body: Json, code: str | None = None) -> HttpResponse:
        headers = {"Content-Type": "application/json"} | ({"x-amzn-errortype": code} if code else {})
        return self._response(status, headers, json.dumps(body).encode())

    def _eks_answer(self, request: HttpRequest) -> Json:
        route = restjson.find_route(request.method, request.path)
        if route is None:
            raise Refusal(restjson.UNKNOWN_OPERATION, f"No operation for {request.method} {request.path}")
        operation, labels = route
        if operation.name not in OPERATIONS:
            raise NotModelled(f"eks:{operation.name}")
        return self._once(operation, restjson.parse(operation, labels, request), request.caller)

    def _once(self, operation: OperationModel, params: Json, caller: str | None) -> Json:
        """Do what was asked for, unless its token says that it is done already."""
        _check(operation, params)
        replayed = self._core.tokens.replay(operation.name, params)
        if replayed is not None:
            return replayed
        answer = self._do(operation, params, caller or self.scope.root)
        self._core.tokens.remember(operation.name, params, answer)
        return answer

    def _do(self, operation: OperationModel, params: Json, caller: str) -> Json:
        try:
            result = OPERATIONS[operation.name](
                self._core, Call(operation=operation.name, params=params, caller=caller)
            )
        except Refusal as refusal:
            raise _as_declared(operation, refusal) from refusal
        answer: Json = restjson.render(operation.output_shape, result)
        return answer

    def _autoscaling(self, request: HttpRequest) -> HttpResponse | None:
        fields = query.form(request.body or request.query.encode())
        name = fields.get(query.ACTION, "")
        if name not in autoscaling.OPERATIONS:
            return None
        operation = service_model(AUTOSCALING).operation_model(name)
        request_id = self._request_id()
        try:
            params = query.parse(operation, fields)
            if not autoscaling.concerns(self._core, name, params):
                return None
            _check(operation, params, "ValidationError")
            status, body = 200, query.render(operation, autoscaling.OPERATIONS[name](self._core, params), request_id)
        except Refusal as refusal:
            status, body = query.error(refusal, request_id)
        return self._response(status, {"Content-Type": "text/xml"}, body, request_id)

    def _request_id(self) -> str:
        return self._core.draws.uuid("request")

    def _response(
        self, status: int, headers: dict[str, str], body: bytes, request_id: str | None = None
    ) -> HttpResponse:
        common = {
            "Date": format_datetime(self._core.now, usegmt=True),
            "x-amzn-requestid": request_id or self._request_id(),
            "Content-Length": str(len(body)),
        }
        return HttpResponse(status=status, headers=headers | common, body=body)


def _check(operation: OperationModel, params: Json, code: str | None = None) -> None:
    """Refuse parameters that do not fit the model, by `code` or else an error that the operation declares."""
    found = list(complaints(operation.input_shape, params)) if operation.input_shape else []
    if found:
        code = code or _code_of_validation(operation)
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
        raise Refusal(code, f"{count}: {'; '.join(found)}")


def _as_declared(operation: OperationModel, refusal: Refusal) -> Refusal:
    """Return the refusal by an error that the operation declares: not all operations have an error for all rules."""
    if refusal.code in _declared(operation):
        return refusal
    return Refusal(_code_of_validation(operation), refusal.message, **refusal.fields)


def _declared(operation: OperationModel) -> set[str]:
    return {shape.name for shape in operation.error_shapes}


def _code_of_validation(operation: OperationModel) -> str:
    declared = _declared(operation)
    codes = ("InvalidParameterException", "InvalidRequestException", "BadRequestException", "ClientException")
    return next((code for code in codes if code in declared), codes[0])


def _find(arns: list[str], pattern: str) -> str | None:
    """Return the one of `arns` that `pattern`, whose last part is `*`, stands for."""
    return next((arn for arn in arns if arn.rpartition("/")[0] == pattern.removesuffix("/*")), None)


def _with_tags(permission: Permission, tags: dict[str, dict[str, str]]) -> Permission:
    found = {f"aws:ResourceTag/{key}": value for key, value in tags.get(permission.resource, {}).items()}
    return replace(permission, context={**permission.context, **found})
