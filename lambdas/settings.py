"""What the stacks tell the functions, through the environment. Both sides use this one class."""

import os
from collections.abc import Mapping
from dataclasses import fields

from lambdas.domain.frozen import dataclass
from lambdas.domain.names import Home
from lambdas.domain.runs import Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every value is text, because environment variables are; ``SLIPWAY_`` stands before each name."""

    partition: str
    account: str
    table: str
    boundary_arn: str
    secrets_key_arn: str
    state_machine_prefix: str
    """The ARN of a state machine up to its name, which is the verb."""
    passable_roles: str
    """Comma-separated ARN patterns of the roles that a spec may name."""
    usable_keys: str
    """Comma-separated ARN patterns of the KMS keys that a spec may name."""
    schedule_group: str
    """The name of the group that all schedules of EventBridge Scheduler are in."""
    scheduler_role_arn: str
    """The role by which the schedules start runs."""
    dead_letter_arn: str
    """The queue for what EventBridge Scheduler could not deliver."""
    event_bus: str
    """The name of the bus that events go to."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings. Raises KeyError naming the variable that is missing."""
        return cls(**{field.name: environment[_variable(field.name)] for field in fields(cls)})

    def to_environment(self) -> dict[str, str]:
        """The variables that ``from_environment`` reads."""
        return {_variable(field.name): getattr(self, field.name) for field in fields(self)}

    def role_patterns(self) -> list[str]:
        """The ARN patterns of roles that a spec may name."""
        return [pattern for pattern in self.passable_roles.split(",") if pattern]

    def key_patterns(self) -> list[str]:
        """The ARN patterns of KMS keys that a spec may name."""
        return [pattern for pattern in self.usable_keys.split(",") if pattern]

    def machine_arn(self, verb: Verb) -> str:
        """The state machine of a verb."""
        return f"{self.state_machine_prefix}{verb}"

    def execution_arn(self, verb: Verb, run: str) -> str:
        """The execution of a run, whether it exists or not."""
        return f"{self.machine_arn(verb).replace(':stateMachine:', ':execution:')}:{run}"

    def home(self) -> Home:
        """Where this Slipway lives. The region is the function's own."""
        return Home(partition=self.partition, account=self.account, region=os.environ["AWS_REGION"])


def _variable(name: str) -> str:
    return f"SLIPWAY_{name.upper()}"
