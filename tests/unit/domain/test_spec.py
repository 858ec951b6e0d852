import json
import subprocess
import sys
from dataclasses import FrozenInstanceError

import msgspec
import pytest
from hypothesis import given, settings

from lambdas.domain.constraints import Doc
from lambdas.domain.spec import (
    DEFAULT_ADDON_NAMES,
    ClusterSpec,
    Nodegroup,
    decode,
    to_json,
    with_version,
)
from lambdas.domain.spec.fields import FieldFacts, classes, fields_of
from tests.unit.domain.strategies import specs

ALL_FIELDS = [(cls, field) for cls in classes() for field in fields_of(cls)]


@settings(max_examples=20, deadline=None)
@given(specs())
def test_the_stored_form_decodes_to_the_same_spec(spec: ClusterSpec) -> None:
    text = json.dumps(to_json(spec))
    stored = json.loads(text)
    assert decode(stored) == spec
    assert to_json(decode(stored)) == to_json(spec) == stored
    assert ": null" not in text


def test_the_stored_form_writes_defaults_out() -> None:
    stored = to_json(ClusterSpec(name="a"))
    assert stored["deletionProtection"] is True
    assert stored["upgradePolicy"] == {"supportType": "STANDARD"}
    assert stored["addons"] == [
        {"addonName": name, "podIdentityAssociations": [], "tags": {}} for name in DEFAULT_ADDON_NAMES
    ]
    assert "version" not in stored


def test_a_foreign_form_is_not_decoded() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.deletionProtection"):
        decode({"name": "a", "deletionProtection": "yes"})


def test_specs_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        ClusterSpec(name="a").name = "b"  # type: ignore[misc] # what the test is about


def test_a_version_is_made_concrete() -> None:
    spec = ClusterSpec(name="a", nodegroups=(Nodegroup(nodegroupName="g"),))
    assert with_version(spec, "1.35").version == "1.35"
    assert with_version(with_version(spec, "1.35"), "1.34") == with_version(spec, "1.34")


def test_decoding_a_spec_does_not_need_pydantic() -> None:
    code = "import sys, lambdas.domain.spec; sys.exit('pydantic' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - the code is the line above


@pytest.mark.parametrize(
    ("cls", "field"), ALL_FIELDS, ids=lambda one: getattr(one, "__name__", getattr(one, "name", ""))
)
def test_every_field_is_documented(cls: type, field: FieldFacts) -> None:
    assert isinstance(field.doc, Doc), f"{cls.__name__}.{field.name}"
    assert field.doc.text.endswith("."), field.doc.text
    assert field.doc.example is not None
    assert not field.doc.absent.endswith(".")
    # "None" says nothing about what happens then.
    assert field.required or field.default is not None or field.doc.absent
