import json

from lambdas.domain.schema import DIALECT
from tests.unit.cli.conftest import Terminal
from tests.unit.cli.server import Answer, ScriptedApi

COMPONENTS = {
    "Plan": {"type": "object"},
    "ClusterSpec": {
        "title": "Slipway cluster spec",
        "properties": {"vpc": {"$ref": "#/components/schemas/ClusterSpec.Vpc"}},
    },
    "ClusterSpec.Vpc": {"properties": {"create": {"$ref": "#/components/schemas/ClusterSpec.NewVpc"}}},
    "ClusterSpec.NewVpc": {"type": "object"},
}


def test_schema_is_the_apis_own_and_stands_by_itself(served: ScriptedApi, slipway: Terminal) -> None:
    served.script("GET /openapi.json", Answer(200, {"openapi": "3.1.0", "components": {"schemas": COMPONENTS}}))
    assert json.loads(slipway("schema").stdout) == {
        "$schema": DIALECT,
        "title": "Slipway cluster spec",
        "properties": {"vpc": {"$ref": "#/$defs/Vpc"}},
        "$defs": {"Vpc": {"properties": {"create": {"$ref": "#/$defs/NewVpc"}}}, "NewVpc": {"type": "object"}},
    }
