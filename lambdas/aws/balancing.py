"""The calls of Elastic Load Balancing that Slipway makes: of the second version, and of the classic one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypedDict, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Iterable

Page = TypeVar("Page", covariant=True)  # noqa: PLC0105 -- a page is a page


class Tag(TypedDict):
    """A tag."""

    Key: str
    Value: str


class _Protected(TypedDict, total=False):
    SecurityGroups: list[str]
    """Network load balancers may have none."""


class LoadBalancer(_Protected):
    """An application, network or gateway load balancer."""

    LoadBalancerArn: str
    LoadBalancerName: str
    Type: str
    VpcId: str


class LoadBalancers(TypedDict):
    """A page of DescribeLoadBalancers."""

    LoadBalancers: list[LoadBalancer]


class _Placed(TypedDict, total=False):
    VpcId: str
    """That of a function has none."""


class TargetGroup(_Placed):
    """A target group."""

    TargetGroupArn: str
    TargetGroupName: str
    LoadBalancerArns: list[str]


class TargetGroups(TypedDict):
    """A page of DescribeTargetGroups."""

    TargetGroups: list[TargetGroup]


class Attribute(TypedDict):
    """An attribute of a load balancer."""

    Key: str
    Value: str


class Attributes(TypedDict):
    """The answer of DescribeLoadBalancerAttributes."""

    Attributes: list[Attribute]


class TagDescription(TypedDict):
    """The tags of one thing."""

    ResourceArn: str
    Tags: list[Tag]


class TagDescriptions(TypedDict):
    """The answer of DescribeTags."""

    TagDescriptions: list[TagDescription]


class Classic(TypedDict, total=False):
    """A classic load balancer."""

    LoadBalancerName: str
    VPCId: str
    SecurityGroups: list[str]


class Classics(TypedDict):
    """A page of the classic DescribeLoadBalancers."""

    LoadBalancerDescriptions: list[Classic]


class ClassicTagDescription(TypedDict):
    """The tags of one classic load balancer."""

    LoadBalancerName: str
    Tags: list[Tag]


class ClassicTagDescriptions(TypedDict):
    """The answer of the classic DescribeTags."""

    TagDescriptions: list[ClassicTagDescription]


class Paginator(Protocol[Page]):
    """All pages of a list."""

    def paginate(self) -> Iterable[Page]:
        """The pages, one after the other."""


class BalancingClient(Protocol):
    """boto3's client ``elbv2``, as far as it is used."""

    @overload
    def get_paginator(self, operation_name: Literal["describe_load_balancers"], /) -> Paginator[LoadBalancers]: ...
    @overload
    def get_paginator(self, operation_name: Literal["describe_target_groups"], /) -> Paginator[TargetGroups]: ...

    def describe_tags(self, *, ResourceArns: list[str]) -> TagDescriptions:  # noqa: N803 -- boto3's name
        """DescribeTags, of at most 20 things."""

    def describe_load_balancer_attributes(self, *, LoadBalancerArn: str) -> Attributes:  # noqa: N803 -- boto3's name
        """DescribeLoadBalancerAttributes."""

    def delete_load_balancer(self, *, LoadBalancerArn: str) -> object:  # noqa: N803 -- boto3's name
        """DeleteLoadBalancer, which takes its listeners along."""

    def delete_target_group(self, *, TargetGroupArn: str) -> object:  # noqa: N803 -- boto3's name
        """DeleteTargetGroup."""


class ClassicBalancingClient(Protocol):
    """boto3's client ``elb``, as far as it is used."""

    def get_paginator(self, operation_name: Literal["describe_load_balancers"], /) -> Paginator[Classics]:
        """The pages of DescribeLoadBalancers."""

    def describe_tags(self, *, LoadBalancerNames: list[str]) -> ClassicTagDescriptions:  # noqa: N803 -- boto3's name
        """DescribeTags, of at most 20 load balancers."""

    def delete_load_balancer(self, *, LoadBalancerName: str) -> object:  # noqa: N803 -- boto3's name
        """DeleteLoadBalancer."""
