"""The body of a request to adopt a cluster."""

from typing import Final, NamedTuple

from lambdas.domain.admission import admit_object
from lambdas.domain.constraints import JsonSchema, JsonValue, quoted
from lambdas.domain.documents import BAD_REQUEST
from lambdas.domain.refusal import UNPROCESSABLE, FieldError, Refused, pointer
from lambdas.domain.schema import COMPONENTS, ROOT
from lambdas.domain.spec import ClusterSpec

ADOPTION: Final = "Adoption"
SPEC: Final = "spec"
CONFIRM: Final = "confirm"

_EXAMPLE: Final = '{"confirm": true}'


class Asked(NamedTuple):
    """What is asked for: whether ownership is meant, and the spec in the place of the describing one."""

    confirm: bool
    spec: ClusterSpec | None
    sent: dict[str, JsonValue]


def asked(document: object, name: str) -> Asked:
    """What a body asks for. Raises Refused; its pointers lead into the body."""
    if not isinstance(document, dict):
        remedy = f"Send an object such as {_EXAMPLE}."
        raise Refused([FieldError("", "The body is not an object.", remedy)], BAD_REQUEST)
    errors = [_unknown(member) for member in document if member not in {SPEC, CONFIRM}]
    confirm = document.get(CONFIRM, False)
    if not isinstance(confirm, bool):
        errors.append(FieldError(f"/{CONFIRM}", f"{CONFIRM} is {quoted(confirm)}.", "Write true or false."))
    sent = document.get(SPEC)
    if errors:
        raise Refused(errors, UNPROCESSABLE)
    if sent is None and SPEC not in document:
        return Asked(bool(confirm), None, {})
    spec = _admitted(sent, name)
    return Asked(bool(confirm), spec, sent if isinstance(sent, dict) else {})


def below_spec(errors: tuple[FieldError, ...]) -> list[FieldError]:
    """Errors of a spec as those of the body that has it."""
    return [FieldError(f"/{SPEC}{it.pointer}", it.detail, it.remedy) for it in errors]


def schema() -> JsonSchema:
    """The JSON Schema of the body."""
    return {
        "type": "object",
        "description": "Whether a cluster that is there is to become this Slipway's, and as which spec.",
        "properties": {
            CONFIRM: {
                "type": "boolean",
                "default": False,
                "description": "Whether ownership is taken. Left out, the answer only shows what that would mean.",
                "examples": [True],
            },
            SPEC: {"$ref": f"{COMPONENTS}{ROOT}"},
        },
        "required": [],
        "additionalProperties": False,
        "examples": [{CONFIRM: True}],
    }


def _admitted(sent: object, name: str) -> ClusterSpec:
    try:
        spec = admit_object(sent)
    except Refused as refusal:
        status = refusal.status if isinstance(sent, dict) else UNPROCESSABLE
        raise Refused(below_spec(refusal.errors), status) from None
    if spec.name != name:
        detail = f"name is {spec.name}, but the path says {name}."
        remedy = "Correct the name: a cluster keeps its own."
        raise Refused([FieldError(f"/{SPEC}/name", detail, remedy)], UNPROCESSABLE)
    return spec


def _unknown(member: str) -> FieldError:
    detail = f"{member}: there is no such field."
    return FieldError(pointer((member,)), detail, f"A request to adopt has {CONFIRM} and {SPEC}.")
