"""What a user may choose about the sandbox, read once from the environment and the command line."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HOST = "127.0.0.1"
"""The only address the sandbox listens on: its root credentials are public knowledge."""

ACCOUNT = "000000000000"
"""MiniStack's account; a request signed with its well-known root key `test` acts in it."""

PARTITION = "aws"

ROOT_KEY = "test"
"""Access key id and secret of the account's root, as MiniStack knows them."""

REPOSITORY = Path(__file__).resolve().parent.parent

DEFAULT_PORT = 4566
DEFAULT_REGION = "eu-central-1"
DEFAULT_SPEED = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One sandbox. `port` 0 means "any free one"; `speed` is sandbox seconds in a real second."""

    port: int = DEFAULT_PORT
    region: str = DEFAULT_REGION
    speed: float = DEFAULT_SPEED
    seed: int = 0
    app: Path = REPOSITORY / "app.py"
    assembly: Path | None = None
    log: Path | None = None


def read_settings(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """Read the settings; the command line wins over the environment.

    Raises:
        SystemExit: With the usage text, when a value cannot be understood.
    """
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="AWS without an account: MiniStack and the EKS twin on one port, with Slipway deployed.",
    )
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    option = parser.add_argument
    option("--port", type=_port, default=environment.get("SANDBOX_PORT", str(DEFAULT_PORT)), help="0: any free one")
    option("--region", default=region)
    option("--speed", type=_speed, default=environment.get("SANDBOX_SPEED", str(DEFAULT_SPEED)))
    option("--seed", type=int, default=environment.get("SANDBOX_SEED", "0"), help="of the twin's chance")
    option("--app", type=Path, default=Settings.__dataclass_fields__["app"].default, help="the CDK app to deploy")
    option("--assembly", type=Path, help="deploy this synthesised cloud assembly instead of running the app")
    option("--log", type=Path, default=environment.get("SANDBOX_LOG"), help="where the servers log to")
    return Settings(**vars(parser.parse_args(arguments)))


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:  # noqa: PLR2004 - the largest TCP port
        raise argparse.ArgumentTypeError(f"{text} is not a port; choose 0 to 65535")
    return port


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 < speed < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a speed; choose a number above 0, such as 60")
    return speed
