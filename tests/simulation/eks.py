"""EKS and its auto scaling groups without a wire: the twin, asked in Python, answering as botocore hands it on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sandbox.twin import autoscaling, restjson
from sandbox.twin.errors import Refusal
from sandbox.twin.model import EKS, service_model
from tests.simulation.refusals import Refused

if TYPE_CHECKING:
    from sandbox.twin import Twin
    from sandbox.twin.core import Core

    Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Eks:
    """``test_eks.py`` holds it to the wire."""

    twin: Twin

    def call(self, operation: str, params: Json) -> Json:
        """Do an operation. Raises Refused."""
        model = service_model(EKS).operation_model(operation)
        try:
            answer = self.twin.answer(operation, json.loads(json.dumps(params)))
        except Refusal as refusal:
            status, body = restjson.error(refusal)
            members = body if refusal.code in {shape.name for shape in model.error_shapes} else {}
            raise Refused(refusal.code, body["message"], members, status) from refusal
        heard: Json = _heard(model.output_shape, answer)
        return heard


def _heard(shape: Any, value: Any) -> Any:  # noqa: ANN401 -- walks JSON of any shape
    """A copy with instants in the place of seconds."""
    match shape.type_name:
        case "structure":
            members = shape.members
            return {name: _heard(members[name], item) for name, item in value.items()}
        case "list":
            return [_heard(shape.member, item) for item in value]
        case "map":
            return dict(value)
        case "timestamp":
            return datetime.fromtimestamp(value, UTC)
        case _:
            return value


@dataclass(frozen=True, slots=True)
class Groups:
    """The auto scaling groups behind node groups; what concerns others is not answered here."""

    twin: Twin

    def call(self, operation: str, params: Json) -> Json | None:
        """Do an operation; None for what is not the twin's to answer. Raises Refused."""

        def deed(core: Core) -> Json | None:
            if not autoscaling.concerns(core, operation, params):
                return None
            return autoscaling.OPERATIONS[operation](core, params)

        try:
            answer = self.twin.intervene(deed)
        except Refusal as refusal:
            said = {"Type": "Sender", "Code": refusal.code, "Message": refusal.message}
            raise Refused(refusal.code, refusal.message, {"Error": said}) from refusal
        return None if answer is None else _said(answer)


def _said(value: Any) -> Any:  # noqa: ANN401 -- walks what the twin answers
    """A copy as XML carries it: nothing for None, and instants to the millisecond."""
    match value:
        case dict():
            return {name: _said(item) for name, item in value.items() if item is not None}
        case list():
            return [_said(item) for item in value]
        case datetime():
            return value.replace(microsecond=value.microsecond // 1000 * 1000)
        case _:
            return value
