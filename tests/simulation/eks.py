"""EKS without a wire: the twin, asked in Python, with the answers that botocore would make of its JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sandbox.twin import restjson
from sandbox.twin.errors import Refusal
from sandbox.twin.model import EKS, service_model
from tests.simulation.refusals import Refused

if TYPE_CHECKING:
    from sandbox.twin import Twin

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
