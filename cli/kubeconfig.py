"""Kubeconfig files: writing one, and adding a cluster to one that is there."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml

from cli.errors import UsageError
from cli.files import parse_yaml
from cli.shapes import Json

_NAMED_LISTS: Final = ("clusters", "users", "contexts")
_CURRENT_CONTEXT: Final = "current-context"


def default_path(environment: Mapping[str, str]) -> Path:
    """The file that kubectl writes to: the first of KUBECONFIG, else ``~/.kube/config``."""
    paths = [path for path in environment.get("KUBECONFIG", "").split(os.pathsep) if path]
    return Path(paths[0]).expanduser() if paths else Path.home() / ".kube" / "config"


def merge_into(path: Path, text: str) -> str:
    """Adds the kubeconfig ``text`` to the file and makes it the current one; its context's name."""
    added = _config(text, "the kubeconfig from the API")
    try:
        merged = merged_config(_existing(path), added)
    except (KeyError, TypeError) as error:
        raise UsageError(f"{path} is not a kubeconfig: choose another file with KUBECONFIG") from error
    write(path, yaml.safe_dump(merged, sort_keys=False, allow_unicode=True))
    return str(added[_CURRENT_CONTEXT])


def merged_config(config: Json, added: Json) -> Json:
    """``config`` with the clusters, users and contexts of ``added`` in the place of those of the same name."""
    lists = {key: _replaced(config.get(key) or [], added[key]) for key in _NAMED_LISTS}
    return {**added, **config, **lists, _CURRENT_CONTEXT: added[_CURRENT_CONTEXT]}


def write(path: Path, text: str) -> None:
    """Writes the file at once or not at all, for its owner's eyes only; follows a link."""
    target = path.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=target.parent, encoding="utf-8", delete=False) as draft:
            draft.write(text)
        Path(draft.name).replace(target)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def _existing(path: Path) -> Json:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    return _config(text, str(path)) if text.strip() else {}


def _config(text: str, name: str) -> Json:
    config = parse_yaml(text, name)
    if not isinstance(config, dict):
        raise UsageError(f"{name} is not a kubeconfig: choose another file with KUBECONFIG")
    return config


def _replaced(items: list[Json], added: list[Json]) -> list[Json]:
    """``items`` with each of ``added`` where the one of its name was, or at the end."""
    by_name = {item["name"]: item for item in items} | {item["name"]: item for item in added}
    return list(by_name.values())
