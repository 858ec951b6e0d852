"""The folders to start from: the package as shipped, the same without bytecode, and boto3 as pip installs it."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path

from stacks.asset import Target, packaged

ROOT = Path(__file__).parents[2]
BOTO3 = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")
"""boto3 with all that it needs."""


def shipped() -> Path:
    """The package, built for this machine by what builds it for Lambda. Its native wheels differ, and nothing else."""
    return packaged(ROOT, Target.SANDBOX)


def without_bytecode(package: Path, into: Path) -> Path:
    """A copy that has to be compiled at each start."""
    return shutil.copytree(package, into / "sources", ignore=shutil.ignore_patterns("__pycache__"))


def reference(into: Path) -> Path:
    """A folder with boto3 alone: links to the one installed here, with the data of every service and with bytecode."""
    installed, folder = Path(sysconfig.get_path("purelib")), into / "boto3"
    folder.mkdir()
    for name in BOTO3:
        (folder / name).symlink_to(installed / name)
    return folder
