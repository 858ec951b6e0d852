"""Resource types of CloudFormation that MiniStack does not take, so that the template need not change for it.

Each is registered in MiniStack's own table of provisioners. Provisioners run on the server's event loop, so they call
the service module beside them instead of the server's own HTTP port, which could not answer meanwhile.
"""

from __future__ import annotations

import uuid
from typing import Any

from ministack.services import cloudwatch
from ministack.services.cloudformation import provisioners

# CloudFormation properties: any JSON the template holds.
Properties = dict[str, Any]
Created = tuple[str, dict[str, str]]

_PROVISIONERS: dict[str, dict[str, Any]] = provisioners._RESOURCE_HANDLERS  # noqa: SLF001 - its only registry


def close_gaps() -> None:
    """Teach MiniStack the types below; one it learns to provision itself keeps its own provisioner."""
    composite = {"create": _create_composite_alarm, "delete": _delete_composite_alarm}
    query = {"create": _create_query_definition, "delete": _delete_query_definition}
    _PROVISIONERS.setdefault("AWS::CloudWatch::CompositeAlarm", composite)
    _PROVISIONERS.setdefault("AWS::Logs::QueryDefinition", query)
    _accept_metric_math()


def _create_composite_alarm(logical_id: str, properties: Properties, stack_name: str) -> Created:
    name = properties.get("AlarmName") or f"{stack_name}-{logical_id}-{uuid.uuid4().hex[:12]}"
    status, _, body = cloudwatch._put_composite_alarm(  # noqa: SLF001 - what PutCompositeAlarm calls
        {}, properties | {"AlarmName": name}, is_cbor=False, is_json=True
    )
    if status != 200:  # noqa: PLR2004 - HTTP's OK
        raise ValueError(body.decode())
    return name, {"Arn": cloudwatch._composite_alarms[name]["AlarmArn"]}  # noqa: SLF001 - what DescribeAlarms reads


def _delete_composite_alarm(physical_id: str, _properties: Properties) -> None:
    names = {"AlarmNames": [physical_id]}
    cloudwatch._delete_alarms({}, names, is_cbor=False, is_json=True)  # noqa: SLF001 - what DeleteAlarms calls


def _create_query_definition(_logical_id: str, _properties: Properties, _stack_name: str) -> Created:
    """A saved query of Logs Insights: MiniStack has no API for it, so it exists in the stack alone."""
    physical_id = str(uuid.uuid4())
    return physical_id, {"QueryDefinitionId": physical_id}


def _delete_query_definition(_physical_id: str, _properties: Properties) -> None:
    """Nothing was made outside the stack."""


def _accept_metric_math() -> None:
    """Let an alarm on a metric math expression be created; the sandbox never evaluates it.

    MiniStack refuses the property `Metrics`. Such an alarm becomes one on a metric that nobody publishes, so that it
    exists, can be described, and stays in the state its `TreatMissingData` asks for.
    """
    handlers = _PROVISIONERS["AWS::CloudWatch::Alarm"]
    create = handlers["create"]

    def create_any(logical_id: str, properties: Properties, stack_name: str) -> Created:
        created: Created = create(logical_id, _without_metric_math(properties), stack_name)
        return created

    handlers["create"] = create_any


def _without_metric_math(properties: Properties) -> Properties:
    if "Metrics" not in properties:
        return properties
    rest = {name: value for name, value in properties.items() if name != "Metrics"}
    return rest | {"Namespace": "MetricMath", "MetricName": "NotEvaluated", "Period": 300, "Statistic": "Sum"}
