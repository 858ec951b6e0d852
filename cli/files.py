"""Specs from files: YAML or JSON, every value as it was written.

YAML 1.1 reads ``version: 1.30`` as the number 1.3, ``2026-12-25`` as a date, ``20:30`` as 1230 and ``NO`` as false.
Here only ``null``, ``true``, ``false`` and plain decimal integers are anything but text, so that what arrives
at the API is what the file says.
"""

import json
import re
import sys
from pathlib import Path
from typing import Final

import yaml

from cli.errors import UsageError
from cli.shapes import Json

STDIN: Final = "-"

_TAG: Final = "tag:yaml.org,2002:"
_STRING: Final = f"{_TAG}str"
_MERGE: Final = f"{_TAG}merge"


class LiteralLoader(yaml.SafeLoader):
    """A safe loader that keeps text text, and refuses a key that is given twice."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own registry

    def compose_mapping_node(self, anchor: dict[str, yaml.Node]) -> yaml.MappingNode:
        """Composes a mapping whose keys are all text and all different."""
        node = super().compose_mapping_node(anchor)
        lines: dict[str, int] = {}
        for key, _ in node.value:
            if key.tag != _MERGE:
                _require_new_key(key, lines)
                key.tag = _STRING
        return node


LiteralLoader.add_implicit_resolver(f"{_TAG}null", re.compile(r"^(~|null|Null|NULL|)$"), ["~", "n", "N", ""])
LiteralLoader.add_implicit_resolver(f"{_TAG}bool", re.compile(r"^(true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
LiteralLoader.add_implicit_resolver(f"{_TAG}int", re.compile(r"^-?(0|[1-9][0-9]*)$"), list("-0123456789"))
LiteralLoader.add_implicit_resolver(_MERGE, re.compile(r"^<<$"), ["<"])


def read_spec(path: str) -> object:
    """The spec in a file, or on standard input for ``-``.

    Raises:
        UsageError: the file cannot be read or is neither YAML nor JSON; names the line.
    """
    name = "standard input" if path == STDIN else path
    text = _text(path, name)
    spec = parse_json(text, name) if path.endswith(".json") else parse_yaml(text, name)
    if spec is None:
        raise UsageError(f"{name} is empty: write a spec such as examples/simple-bank.yaml")
    return spec


def parse_yaml(text: str, name: str) -> object:
    """The one YAML document in ``text``; ``name`` is what an error calls it."""
    try:
        loader = LiteralLoader(text)
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise _yaml_error(error, name) from error
    except yaml.YAMLError as error:
        raise UsageError(f"{name}: {' '.join(str(error).split())}") from error


def parse_json(text: str, name: str) -> object:
    """The JSON document in ``text``; numbers with a fraction stay text, as in YAML."""
    try:
        return json.loads(
            text, parse_float=str, parse_constant=str, object_pairs_hook=lambda pairs: _unique(pairs, name)
        )
    except json.JSONDecodeError as error:
        raise UsageError(f"{name}:{error.lineno}:{error.colno}: {error.msg}") from error


def _text(path: str, name: str) -> str:
    try:
        return sys.stdin.read() if path == STDIN else Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8 text: save it as UTF-8") from error


def _require_new_key(key: yaml.Node, lines: dict[str, int]) -> None:
    """Refuses a key that is no plain text or that ``lines`` has; notes its line."""
    if not isinstance(key, yaml.ScalarNode):
        raise yaml.MarkedYAMLError(problem="a key has to be plain text", problem_mark=key.start_mark)
    if key.value in lines:
        raise yaml.MarkedYAMLError(
            problem=f"the key {key.value!r} is already on line {lines[key.value]}: keep one of the two",
            problem_mark=key.start_mark,
        )
    lines[key.value] = key.start_mark.line + 1 if key.start_mark else 0


def _unique(pairs: list[tuple[str, object]], name: str) -> Json:
    members = dict(pairs)
    if len(members) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise UsageError(f"{name}: the key {twice!r} is there twice in one object: keep one of the two")
    return members


def _yaml_error(error: yaml.MarkedYAMLError, name: str) -> UsageError:
    mark = error.problem_mark or error.context_mark
    place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
    problem = error.problem or error.context or "this is not YAML"
    context = f" ({error.context})" if error.problem and error.context else ""
    return UsageError(f"{place}: {problem}{context}")
