"""What an expression can see: the state's input and result, the context object, and the variables of its branch."""

from __future__ import annotations

import copy
import json
from typing import Any

from ministack.services import stepfunctions

from sandbox.states.errors import QUERY, StateError


class Scope:
    """The variables and the context object of one branch.

    A branch sees the variables around it and may assign its own; neither its neighbours nor the states after it see
    those: https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
    """

    def __init__(self, context: dict[str, Any]) -> None:
        self._context = {"variables": {}, **context}

    def branch(self, **more_context: object) -> Scope:
        """A scope that begins with what this one holds now."""
        return Scope({**copy.deepcopy(self._context), **more_context})

    def enter(self, state: str, retry_count: int) -> None:
        """Tell the context object which state is being executed."""
        self._context["State"] = {
            "Name": state,
            "EnteredTime": stepfunctions.now_iso(),
            "RetryCount": retry_count,
        }

    def put(self, name: str, value: object) -> None:
        """Set a member of the context object."""
        self._context[name] = value

    def evaluate(self, template: object, **visible: object) -> Any:  # noqa: ANN401 - any JSON
        """Fill a template; `visible` are `raw_input` and, where the state has them, `result` or `error_output`.

        Raises:
            StateError: `States.QueryEvaluationError` when an expression has no value.
        """
        raw_input = visible.pop("raw_input")
        return stepfunctions._apply_jsonata_template(template, raw_input, self._context, **visible)  # noqa: SLF001

    def evaluate_as(self, kind: str, field: str, template: object, raw_input: object) -> Any:  # noqa: ANN401 - as above
        """Fill a field that must have a certain JSON type.

        Raises:
            StateError: `States.QueryEvaluationError` when it has another.
        """
        value = self.evaluate(template, raw_input=raw_input)
        found = stepfunctions._json_type(value)  # noqa: SLF001 - the type names AWS reports
        if found != kind:
            raise StateError(
                QUERY,
                f"The JSONata expression specified for the field '{field}' returned an unexpected result type. "
                f"Expected '{kind}', but was '{found}' for value: {json.dumps(value)}",
            )
        return value

    def assign(self, holder: dict[str, Any], **visible: object) -> dict[str, Any]:
        """Assign the variables of `holder`'s `Assign`, all computed from the values before it; return them."""
        values: dict[str, Any] = self.evaluate(holder.get("Assign", {}), **visible)
        self._context["variables"] |= values
        return values
