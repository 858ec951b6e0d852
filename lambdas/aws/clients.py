"""One lazily made client for each service: a function pays only for those it calls."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, cast

import botocore.session
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Mapping

    import boto3
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_stepfunctions import SFNClient

    from lambdas.aws.balancing import BalancingClient, ClassicBalancingClient
    from lambdas.aws.events import EventsClient
    from lambdas.aws.logs import LogsClient

CONFIG: Final = Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 3},
    user_agent_extra="slipway",
)


ONCE: Final = Config(retries={"mode": "standard", "total_max_attempts": 1})
"""For whoever has to hear of every refusal at once, and says itself when to try again."""

BRIEF: Final = CONFIG.merge(
    Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})
)
"""For what can be done later as well: nobody waits long for it."""


class _Session:
    """botocore's session, asked as boto3's is: boto3 itself would take a tenth of a function's cold start."""

    def __init__(self) -> None:
        self._session = botocore.session.get_session()

    def client(self, service: str, *, config: Config) -> Any:  # noqa: ANN401 -- botocore makes each class as it goes
        return self._session.create_client(service, config=config)


class Aws:
    """The services that Slipway calls. Tests give a session whose answers come from the twin and from moto.

    Clients may be used by several threads at once; sessions may not, so clients are made one after the other.
    """

    def __init__(self, session: boto3.session.Session | None = None) -> None:
        self._session = session or cast("boto3.session.Session", _Session())  # whose stubs know every client
        self._making = Lock()

    @cached_property
    def eks(self) -> EKSClient:
        """Clusters and all that belongs to them."""
        with self._making:
            return self._session.client("eks", config=CONFIG)

    @cached_property
    def eks_by_turns(self) -> EKSClient:
        """EKS for those who take turns: a retry of the client's own would come when it is somebody else's."""
        with self._making:
            return self._session.client("eks", config=CONFIG.merge(ONCE))

    @cached_property
    def iam(self) -> IAMClient:
        """Roles: only the function ``roles`` may change any."""
        with self._making:
            return self._session.client("iam", config=CONFIG)

    @cached_property
    def ec2(self) -> EC2Client:
        """VPCs and what lies in them."""
        with self._making:
            return self._session.client("ec2", config=CONFIG)

    @cached_property
    def autoscaling(self) -> AutoScalingClient:
        """The instances behind node groups."""
        with self._making:
            return self._session.client("autoscaling", config=CONFIG)

    @cached_property
    def stepfunctions(self) -> SFNClient:
        """Executions, which are our runs."""
        with self._making:
            return self._session.client("stepfunctions", config=CONFIG)

    @cached_property
    def kms(self) -> KMSClient:
        """Keys, which are only looked at."""
        with self._making:
            return self._session.client("kms", config=CONFIG)

    @cached_property
    def quotas(self) -> ServiceQuotasClient:
        """How much of everything the account may have."""
        with self._making:
            return self._session.client("service-quotas", config=CONFIG)

    @cached_property
    def scheduler(self) -> EventBridgeSchedulerClient:
        """The schedules that say when to look at a cluster."""
        with self._making:
            return self._session.client("scheduler", config=CONFIG)

    @cached_property
    def logs(self) -> LogsClient:
        """The log groups of control planes."""
        with self._making:
            client: LogsClient = self._session.client("logs", config=CONFIG)
            return client

    @cached_property
    def events(self) -> EventsClient:
        """The bus on which others hear of clusters."""
        with self._making:
            client: EventsClient = self._session.client("events", config=BRIEF)
            return client

    @cached_property
    def balancing(self) -> BalancingClient:
        """Application and network load balancers, which services in a cluster have made."""
        with self._making:
            client: BalancingClient = self._session.client("elbv2", config=CONFIG)
            return client

    @cached_property
    def classic_balancing(self) -> ClassicBalancingClient:
        """Classic load balancers."""
        with self._making:
            client: ClassicBalancingClient = self._session.client("elb", config=CONFIG)
            return client

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        """The registry's table."""
        with self._making:
            return self._session.client("dynamodb", config=CONFIG)


def answered_at(response: Mapping[str, object]) -> datetime:
    """The service's own clock when it answered (the ``Date`` header), which is what its timestamps are read by."""
    metadata = response.get("ResponseMetadata")
    headers = metadata.get("HTTPHeaders") if isinstance(metadata, dict) else None
    date = headers.get("date") if isinstance(headers, dict) else None
    return parsedate_to_datetime(date) if date else datetime.now(UTC)
