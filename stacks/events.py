"""Where events go: a bus for programs, and a topic for people."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from lambdas.domain.events import FOR_A_PERSON, SOURCE, DriftFound

_RULES = iam.ServicePrincipal("events.amazonaws.com")
_ALARMS = iam.ServicePrincipal("cloudwatch.amazonaws.com")


class Events(Construct):
    """The bus has every event. The topic has those that nobody but a person does anything about, and the alarms."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str, key: kms.Key) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        self.bus = events.EventBus(self, "Bus", event_bus_name=name, description="What happens to Slipway's clusters")
        topic_name = f"{name}-events"
        self.topic = sns.Topic(
            self,
            "Topic",
            topic_name=topic_name,
            display_name=f"{name}: clusters that want a person",
            enforce_ssl=True,
            master_key=kms.Key.from_key_arn(self, "Key", key.key_arn),  # whose policy is written below
        )
        topic_arn = f"arn:{stack.partition}:sns:{stack.region}:{stack.account}:{topic_name}"
        self.topic.grant_publish(_ALARMS)
        for publisher in (_RULES, _ALARMS):
            key.add_to_resource_policy(_encrypting(publisher, topic_arn))
        self._tell("Person", [kind.__name__ for kind in FOR_A_PERSON], {})
        self._tell("Drift", [DriftFound.__name__], {"repair": [False]})

    def _tell(self, construct_id: str, kinds: list[str], detail: dict[str, list[bool]]) -> None:
        events.Rule(
            self,
            construct_id,
            event_bus=self.bus,
            description=f"Slipway tells people: {', '.join(kinds)}",
            event_pattern=events.EventPattern(source=[SOURCE], detail_type=kinds, detail=detail or None),
            targets=[targets.SnsTopic(self.topic, message=events.RuleTargetInput.from_event_path("$.detail.message"))],
        )


def _encrypting(principal: iam.IPrincipal, topic_arn: str) -> iam.PolicyStatement:
    """What an encrypted topic asks of the key in its publisher's name.

    Bound to the topic by the encryption context: EventBridge sends no ``aws:SourceAccount`` with it.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    return iam.PolicyStatement(
        principals=[principal],
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        resources=["*"],
        conditions={"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": topic_arn}},
    )
