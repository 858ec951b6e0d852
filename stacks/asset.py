"""The one zip that all functions run: dependencies with hashes, our code, and bytecode for the runtime.

Lambda cannot write beside the code, so without bytecode every cold start compiles it again (three times as long).
Bytecode belongs to one minor version of Python: the functions' runtime is that of the interpreter that builds here.
"""

import compileall
import contextlib
import hashlib
import py_compile
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Final

from stacks import models

PYTHON: Final = f"{sys.version_info.major}.{sys.version_info.minor}"
_REQUIREMENTS: Final = Path("requirements/runtime.txt")
SERVICES: Final = frozenset(
    {
        "autoscaling",
        "dynamodb",
        "ec2",
        "eks",
        "elb",
        "elbv2",
        "events",
        "iam",
        "kms",
        "logs",
        "scheduler",
        "service-quotas",
        "stepfunctions",
    }
)
"""The services whose models botocore needs: those with a client in ``lambdas.aws.clients``."""


class Target(StrEnum):
    """What the functions run on."""

    LAMBDA = "lambda"
    SANDBOX = "sandbox"


def packaged(root: Path, target: Target) -> Path:
    """The folder to zip, built unless one of the same content is there. Needs ``uv`` and the package index."""
    out = root / "build" / f"{target}-{_fingerprint(root, target)}"
    if not out.exists():
        out.parent.mkdir(exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f"{out.name}-", dir=out.parent))
        _install(root / _REQUIREMENTS, draft, target)
        _prune(draft)
        shutil.copytree(root / "lambdas", draft / "lambdas", ignore=shutil.ignore_patterns("__pycache__"))
        _compile(draft)
        with contextlib.suppress(OSError):  # somebody else was faster with the same content
            draft.rename(out)
        shutil.rmtree(draft, ignore_errors=True)
    return out


def _fingerprint(root: Path, target: Target) -> str:
    digest = hashlib.sha256(f"{target} {PYTHON}".encode())
    for file in _sources(root):
        digest.update(str(file.relative_to(root)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _sources(root: Path) -> Iterable[Path]:
    return [root / _REQUIREMENTS, Path(__file__), Path(models.__file__), *sorted((root / "lambdas").rglob("*.py"))]


def _install(requirements: Path, into: Path, target: Target) -> None:
    platform = ["--python-platform", "aarch64-manylinux2014"] if target is Target.LAMBDA else []
    command = [
        sys.executable, "-m", "uv", "pip", "install", "--quiet", "--require-hashes", "--no-deps",
        "--only-binary", ":all:", "--python-version", PYTHON, *platform, "--target", str(into),
        "--requirements", str(requirements),
    ]  # fmt: skip
    subprocess.run(command, check=True)  # noqa: S603 -- our own arguments


def _prune(folder: Path) -> None:
    """Leave out what no function loads: console scripts, and most of what botocore knows."""
    shutil.rmtree(folder / "bin", ignore_errors=True)
    models.prune(folder / "botocore" / "data", SERVICES)


def _compile(folder: Path) -> None:
    """Bytecode that is never compared with its source: a zip does not keep the times by which it would be."""
    compiled = compileall.compile_dir(
        folder, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH, stripdir=str(folder)
    )
    if not compiled:
        raise RuntimeError(f"Python {PYTHON} could not compile everything in {folder}; see above.")
