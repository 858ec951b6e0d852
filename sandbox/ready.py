"""What was deployed, for the health answer and for the person at the terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sandbox.settings import ACCOUNT, ROOT_KEY
from sandbox.status import Ready

if TYPE_CHECKING:
    from boto3.session import Session

    from sandbox.settings import Settings


def describe(session: Session, settings: Settings, url: str, stacks: dict[str, dict[str, str]]) -> Ready:
    """Ask the sandbox's own APIs what is there now."""
    return Ready(
        url=url,
        api_url=_api_url(session, url),
        state_machines=_state_machines(session),
        stacks=stacks,
        region=settings.region,
        account=ACCOUNT,
        speed=settings.speed,
    )


def _api_url(session: Session, url: str) -> str | None:
    """Where the first stage of the first REST API is reached, without needing a resolver for its host name."""
    client = session.client("apigateway")
    for api in client.get_rest_apis()["items"]:
        for stage in client.get_stages(restApiId=api["id"])["item"]:
            return f"{url}/restapis/{api['id']}/{stage['stageName']}/_user_request_"
    return None


def _state_machines(session: Session) -> dict[str, str]:
    machines = session.client("stepfunctions").list_state_machines()["stateMachines"]
    return {machine["name"]: machine["stateMachineArn"] for machine in machines}


def say(text: str) -> None:
    """Tell the person at the terminal, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def summary(ready: Ready, seconds: float) -> str:
    """A few lines for the terminal."""
    machines = "\n".join(f"    {name}" for name in sorted(ready.state_machines)) or "    none"
    return f"""
The sandbox is ready ({seconds:.0f} s). Account {ready.account}, {ready.region}, {ready.speed:g} times real time.

  AWS endpoint    {ready.url}
  API             {ready.api_url or "none deployed"}
  State machines
{machines}

Point any AWS tool at it:

  export AWS_ENDPOINT_URL={ready.url} AWS_REGION={ready.region} AWS_DEFAULT_REGION={ready.region}
  export AWS_ACCESS_KEY_ID={ROOT_KEY} AWS_SECRET_ACCESS_KEY={ROOT_KEY}
  aws eks list-clusters

Ctrl-C ends it and leaves nothing behind."""
