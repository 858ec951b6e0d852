"""Closes: MiniStack's load balancers lie in no VPC, hold no network interfaces and go whoever protects or uses them.

EC2 refuses to delete what the interfaces of a load balancer hold: one that is left keeps a whole VPC alive.
Errors: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html and
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteTargetGroup.html

Of classic load balancers, which share names of actions and differ in the version of the API, there are none here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ministack.services import alb, ec2

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[Any], Any]
    Record = dict[str, Any]

CLASSIC: Final = "2012-06-01"
"""The version of the API of classic load balancers."""

_PROTECTION: Final = {"Key": "deletion_protection.enabled", "Value": "true"}


def install() -> None:
    """Put wrappers in the place of MiniStack's actions on load balancers and target groups."""
    actions: dict[str, Handler] = alb._ACTION_MAP  # noqa: SLF001 - its table of actions
    actions["CreateLoadBalancer"] = _unless_classic(_creating(actions["CreateLoadBalancer"]), _no_classic)
    actions["DescribeLoadBalancers"] = _unless_classic(actions["DescribeLoadBalancers"], _none_there)
    actions["DeleteLoadBalancer"] = _unless_classic(_deleting(actions["DeleteLoadBalancer"]), _no_classic)
    actions["DeleteTargetGroup"] = _unless_used(actions["DeleteTargetGroup"])


def tags_of(arn: str) -> dict[str, str]:
    """The tags of a load balancer or a target group; none if there is none."""
    return {tag["Key"]: tag["Value"] for tag in alb._tags.get(arn) or []}  # noqa: SLF001 - its store


def _param(params: Any, name: str) -> str:  # noqa: ANN401 - form fields
    return str(alb._p(params, name))  # noqa: SLF001 - reads a form field


def _unless_classic(do: Handler, otherwise: Handler) -> Handler:
    def answer(params: Any) -> Any:  # noqa: ANN401 - MiniStack's form fields and response
        return otherwise(params) if _param(params, "Version") == CLASSIC else do(params)

    return answer


def _none_there(_: Any) -> Any:  # noqa: ANN401 - likewise
    return alb._xml(200, "DescribeLoadBalancers", "<LoadBalancerDescriptions/>")  # noqa: SLF001


def _no_classic(_: Any) -> Any:  # noqa: ANN401 - likewise
    return alb._error("InvalidAction", "The sandbox has no classic load balancers.")  # noqa: SLF001


def _creating(create: Handler) -> Handler:
    def create_balancer(params: Any) -> Any:  # noqa: ANN401 - likewise
        before = set(alb._lbs)  # noqa: SLF001 - its store
        answer = create(params)
        for arn in set(alb._lbs) - before:  # noqa: SLF001 - actions run one at a time
            balancer = alb._lbs[arn]  # noqa: SLF001
            _place(balancer)
            return alb._xml(200, "CreateLoadBalancer", f"<LoadBalancers>{alb._lb_xml(balancer)}</LoadBalancers>")  # noqa: SLF001
        return answer

    return create_balancer


def _place(balancer: Record) -> None:
    """Give it the VPC of its subnets, and a network interface in each."""
    for subnet in balancer["Subnets"]:
        balancer["VpcId"] = ec2._subnets.get(subnet, {}).get("VpcId", balancer["VpcId"])  # noqa: SLF001
        groups = {f"SecurityGroupId.{n}": [it] for n, it in enumerate(balancer["SecurityGroups"], start=1)}
        asked = {"SubnetId": [subnet], "Description": [_description(balancer["LoadBalancerArn"])], **groups}
        before = set(ec2._network_interfaces)  # noqa: SLF001
        ec2._ACTION_MAP["CreateNetworkInterface"](asked)  # noqa: SLF001
        for name in set(ec2._network_interfaces) - before:  # noqa: SLF001
            ec2._network_interfaces[name]["Status"] = "in-use"  # noqa: SLF001


def _description(arn: str) -> str:
    """``ELB app/front/0123456789abcdef``, as AWS describes the interfaces of a load balancer."""
    return f"ELB {arn.partition(':loadbalancer/')[2]}"


def _deleting(delete: Handler) -> Handler:
    def delete_balancer(params: Any) -> Any:  # noqa: ANN401 - likewise
        arn = _param(params, "LoadBalancerArn")
        if _PROTECTION in (alb._lb_attrs.get(arn) or []):  # noqa: SLF001
            text = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
            return alb._error("OperationNotPermitted", text)  # noqa: SLF001
        for name, interface in list(ec2._network_interfaces.items()):  # noqa: SLF001
            if arn and interface["Description"] == _description(arn):
                del ec2._network_interfaces[name]  # noqa: SLF001
        for listener in [it for it in alb._listeners.values() if it["LoadBalancerArn"] == arn]:  # noqa: SLF001
            alb._ACTION_MAP["DeleteListener"]({"ListenerArn": [listener["ListenerArn"]]})  # noqa: SLF001
        for group in alb._tgs.values():  # noqa: SLF001
            group["LoadBalancerArns"] = [it for it in group["LoadBalancerArns"] if it != arn]
        return delete(params)

    return delete_balancer


def _unless_used(delete: Handler) -> Handler:
    def delete_group(params: Any) -> Any:  # noqa: ANN401 - likewise
        arn = _param(params, "TargetGroupArn")
        if (alb._tgs.get(arn) or {}).get("LoadBalancerArns"):  # noqa: SLF001
            return alb._error("ResourceInUse", f"Target group '{arn}' is currently in use by a listener or a rule")  # noqa: SLF001
        return delete(params)

    return delete_group
