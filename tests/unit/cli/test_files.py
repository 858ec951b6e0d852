import json
import textwrap
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cli.errors import ExitCode, UsageError
from cli.files import parse_json, parse_yaml, read_spec

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff"))
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1.30", "1.30"),
        ("1.3", "1.3"),
        ("1e3", "1e3"),
        ("2026-12-25", "2026-12-25"),
        ("2026-12-25T08:00:00Z", "2026-12-25T08:00:00Z"),
        ("20:30", "20:30"),
        ("0700", "0700"),
        ("012345670123", "012345670123"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("NO", "NO"),
        ("on", "on"),
        (".inf", ".inf"),
        ("10", 10),
        ("-1", -1),
        ("0", 0),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("'10'", "10"),
        ("203.0.113.0/24", "203.0.113.0/24"),
    ],
)
def test_a_yaml_value_is_read_as_it_is_written(written: str, read: object) -> None:
    document = parse_yaml(f"key: {written}\n", "spec.yaml")
    assert document == {"key": read}
    assert isinstance(document, dict)
    assert type(document["key"]) is type(read)


def test_a_json_number_with_a_fraction_stays_text() -> None:
    assert parse_json('{"version": 1.30, "size": 2}', "spec.json") == {"version": "1.30", "size": 2}


@given(JSON_VALUES)
def test_yaml_reads_json_as_json_does(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert parse_yaml(text, "stdin") == parse_json(text, "stdin") == value


@given(st.dates())
def test_a_date_keeps_its_text(day: date) -> None:
    assert parse_yaml(yaml.safe_dump({"date": day}), "spec.yaml") == {"date": str(day)}


def test_keys_are_text_and_merges_may_be_overridden() -> None:
    document = """
        base: &base {a: 1, b: 2}
        more: &more {<<: *base, b: 3, 1.30: x, true: y}
        most: {<<: *more, a: 4}
    """
    more = {"a": 1, "b": 3, "1.30": "x", "true": "y"}
    assert parse_yaml(textwrap.dedent(document), "spec.yaml") == {
        "base": {"a": 1, "b": 2},
        "more": more,
        "most": {**more, "a": 4},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: a\nversion: 1\nname: b\n", "spec.yaml:3:1: the key 'name' is already on line 1: keep one of the two"),
        ("a:\n  '1': x\n  1: y\n", "spec.yaml:3:3: the key '1' is already on line 2: keep one of the two"),
        ("name: a: b\n", "spec.yaml:1:8: mapping values are not allowed here"),
        (
            "name: a\n\tversion: 1\n",
            "spec.yaml:2:1: found character '\\t' that cannot start any token (while scanning for the next token)",
        ),
        ("? [a]\n: b\n", "spec.yaml:1:3: a key has to be plain text"),
        (
            "a: 1\n---\nb: 2\n",
            "spec.yaml:2:1: but found another document (expected a single document in the stream)",
        ),
        ("a: !!python/object:os.system x\n", "spec.yaml:1:4: could not determine a constructor for the tag "),
        ("a: \x00\n", "spec.yaml: unacceptable character #x0000"),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_yaml(text, "spec.yaml")
    assert refused.value.lines[0].startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n "a" 1}', "spec.json:2:6: Expecting ':' delimiter"),
        ('{"a": {"b": 1, "b": 2}}', "spec.json: the key 'b' is there twice in one object: keep one of the two"),
    ],
)
def test_what_is_no_json_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_json(text, "spec.json")
    assert refused.value.lines == (message,)


def test_a_json_file_may_be_indented_with_tabs(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_text(json.dumps({"name": "a"}, indent="\t"))
    assert read_spec(str(path)) == {"name": "a"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read {path}: No such file or directory"),
        (b"", "{path} is empty: write a spec such as examples/simple-bank.yaml"),
        (b"# nothing\n", "{path} is empty: write a spec such as examples/simple-bank.yaml"),
        (b"\xff\xfe", "{path} is not UTF-8 text: save it as UTF-8"),
    ],
)
def test_a_file_that_holds_no_spec_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "spec.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as refused:
        read_spec(str(path))
    assert refused.value.lines == (message.format(path=path),)
    assert refused.value.exit_code == ExitCode.USAGE
