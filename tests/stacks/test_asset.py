"""What is in the zip, as far as it can be told without building one."""

from __future__ import annotations

import inspect
import re

from botocore.loaders import Loader

from lambdas.aws import clients
from stacks.asset import SERVICES
from stacks.models import endpoints_of, undocumented


def test_the_zip_has_the_model_of_every_service_that_has_a_client_and_no_other() -> None:
    asked_for = re.findall(r'_session\.client\("([^"]+)"', inspect.getsource(clients))
    assert set(asked_for) == SERVICES


def test_a_model_loses_its_documentation_and_nothing_else() -> None:
    members = {"documentation": {"shape": "Text", "documentation": "What it says."}, "name": {"shape": "Name"}}
    model = {
        "documentation": "All of it.",
        "shapes": {"Doc": {"type": "structure", "members": members}},
        "enum": ["documentation"],
    }
    kept = {"documentation": {"shape": "Text"}, "name": {"shape": "Name"}}
    assert undocumented(model) == {"shapes": {"Doc": {"type": "structure", "members": kept}}, "enum": ["documentation"]}


def test_endpoints_of_our_services_are_as_botocore_has_them_in_every_partition() -> None:
    loader = Loader(include_default_search_paths=False, extra_search_paths=[Loader.BUILTIN_DATA_PATH])
    whole = loader.load_data("endpoints")
    kept = endpoints_of({"eks", "dynamodb"}, whole)
    for partition, before in zip(kept["partitions"], whole["partitions"], strict=True):
        assert set(partition["services"]) <= {"eks", "dynamodb"}
        assert partition == {**before, "services": {it: before["services"][it] for it in partition["services"]}}
    assert set(kept["partitions"][0]["services"]) == {"eks", "dynamodb"}
