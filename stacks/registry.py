"""The registry's table."""

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from lambdas.domain.table import EXPIRY, INDEX, INDEX_PARTITION_KEY, INDEX_SORT_KEY, OUTBOX, PARTITION_KEY


class RegistryTable(dynamodb.Table):
    """On demand, recoverable to any second of the last 35 days, and kept when the stack goes."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(
            scope,
            construct_id,
            partition_key=_text(PARTITION_KEY),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute=EXPIRY,
            deletion_protection=True,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        for index, key in ((INDEX, INDEX_PARTITION_KEY), (OUTBOX, OUTBOX)):
            self.add_global_secondary_index(index_name=index, partition_key=_text(key), sort_key=_text(INDEX_SORT_KEY))


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
