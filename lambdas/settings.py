"""What the stacks tell the functions, through the environment. Both sides use this one class."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields

from lambdas.domain.names import Home


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

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings. Raises KeyError naming the variable that is missing."""
        return cls(**{field.name: environment[_variable(field.name)] for field in fields(cls)})

    def to_environment(self) -> dict[str, str]:
        """The variables that ``from_environment`` reads."""
        return {_variable(field.name): getattr(self, field.name) for field in fields(self)}

    def home(self) -> Home:
        """Where this Slipway lives. The region is the function's own."""
        return Home(partition=self.partition, account=self.account, region=os.environ["AWS_REGION"])


def _variable(name: str) -> str:
    return f"SLIPWAY_{name.upper()}"
