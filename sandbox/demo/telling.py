"""What the demo says, and the command line that it uses as a person would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import boto3

from sandbox.settings import REPOSITORY, ROOT_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence


class DemoFailed(Exception):  # noqa: N818 -- the demo's own end
    """What did not go as it should; ``args[0]`` says it to a person."""


class Person:
    """Somebody with credentials for the sandbox: the command line of Slipway, and clients of AWS's services."""

    def __init__(self, health: dict[str, Any]) -> None:
        self.health = health
        self._environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": health["url"],
            "AWS_REGION": health["region"],
            "AWS_ACCESS_KEY_ID": ROOT_KEY,
            "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
            "SLIPWAY_URL": health["apiUrl"],
        }
        self._session = boto3.Session(
            aws_access_key_id=ROOT_KEY, aws_secret_access_key=ROOT_KEY, region_name=health["region"]
        )

    def slipway(self, *words: str) -> None:
        """Run the command line; what it prints is seen. Raises DemoFailed if it ends badly."""
        self._run(words, stdout=None)

    def told(self, *words: str) -> Any:  # noqa: ANN401 -- JSON
        """What the command line answers in JSON; nothing is seen. Raises DemoFailed if it ends badly."""
        return json.loads(self._run([*words, "-o", "json"], stdout=subprocess.PIPE).stdout)

    def _run(self, words: Sequence[str], stdout: int | None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cli", *words]
        done = subprocess.run(  # noqa: S603 -- our own words
            command, cwd=REPOSITORY, env=self._environment, stdout=stdout, text=True, check=False
        )
        if done.returncode:
            raise DemoFailed(f"slipway {' '.join(words)} ended with exit code {done.returncode}; see above.")
        return done

    def client(self, service: str) -> Any:  # noqa: ANN401 -- any client
        """A client of one of AWS's services."""
        return self._session.client(service, endpoint_url=self.health["url"])  # type: ignore[call-overload]


def say(text: str, *, paragraph: bool = True) -> None:
    """Tell the person who watches, at once."""
    sys.stdout.write(f"\n{text}\n" if paragraph else f"{text}\n")
    sys.stdout.flush()


def must_be(what: str, found: str, wanted: str, remark: str = "") -> None:
    """One line for what is as it should be. Raises DemoFailed for what is not."""
    if found != wanted:
        raise DemoFailed(f"{what} is {found or 'not there'} instead of {wanted}.")
    say(f"  {what:<30} {found:<10} {remark}".rstrip(), paragraph=False)
