"""The process environment the servers run in, built from nothing but the settings.

MiniStack reads its configuration when it is imported, and its Lambda workers inherit the process's environment. So
whatever AWS variables the user's shell carries (profiles, endpoints, real credentials) must be gone before that: a
function must find the sandbox, and nothing but the sandbox, with no credentials other than its own role's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.settings import ACCOUNT, HOST, ROOT_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sandbox.settings import Settings

_FOREIGN_PREFIXES = ("AWS_", "CDK_", "SFN_", "LOCALSTACK_", "MINISTACK_", "LAMBDA_", "PYTHON")


def server_environment(inherited: Mapping[str, str], settings: Settings, url: str, directory: Path) -> dict[str, str]:
    """The whole environment of the server process and of the Lambda workers below it."""
    ours = {name: value for name, value in inherited.items() if not name.startswith(_FOREIGN_PREFIXES)}
    return ours | _aws(settings, url) | _ministack(settings, url, directory)


def _aws(settings: Settings, url: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_ENDPOINT_URL": url,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _ministack(settings: Settings, url: str, directory: Path) -> dict[str, str]:
    return {
        "AUTH": "true",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": url.rsplit(":", 1)[1],
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": settings.region,
        "MINISTACK_HOSTNAME": HOST,
        # API Gateway and S3 host-style addresses are <name>.localhost, which resolves to the loopback everywhere.
        "MINISTACK_HOST": "localhost",
        # Steps, waits and retries of a state machine run as many times faster as the twin does.
        "SFN_WAIT_SCALE": repr(1 / settings.speed),
        "LAMBDA_EXECUTOR": "local",
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "STATE_DIR": str(directory / "state"),
        "S3_DATA_DIR": str(directory / "s3"),
        "TMPDIR": str(directory),
        # Listeners and container clean-up nobody here needs; a socket that does not exist is "no Docker".
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": f"unix://{directory}/no-docker.sock",
        "LOG_LEVEL": "INFO",
    }
