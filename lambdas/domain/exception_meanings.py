"""What an error answer of AWS can mean: how long it is waited for, what a person can do, and whose it is.

exception_table.py says which code means what.
"""

from typing import Final, Self

from lambdas.domain import pacing
from lambdas.domain.dispositions import Disposition, Meaning
from lambdas.domain.frozen import dataclass
from lambdas.domain.pacing import Patience

_AGAIN: Final = "then send the same spec again: the run goes on from here."


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Meaning):
    """What an error answer means.

    ``patience`` is how to wait; ``RETRY`` without it is an exception that nobody catches, so that Step Functions makes
    the step again. ``fails_as`` is the error of the run if it does not pass, ``removing`` what it means in a removal.
    """

    patience: Patience | None = None
    says: str = "{operation} answered {code}: {message}"
    fails_as: str = ""
    removing: Self | None = None


THROTTLED: Final = Answer(
    disposition=Disposition.RETRY,
    patience=pacing.THROTTLED,
    says="{operation} is throttled",
    words=f"Find in CloudTrail who makes so many calls in this account that Slipway gets no turn; {_AGAIN}",
)
EXPIRED: Final = Answer(
    disposition=Disposition.RETRY,
    patience=pacing.CREDENTIALS_EXPIRED,
    words=f"See why Lambda does not renew the credentials of Slipway's functions; {_AGAIN}",
)
SERVICE: Final = Answer(
    disposition=Disposition.RETRY,
    patience=pacing.SERVICE_TROUBLE,
    words=f"The fault is on AWS's side: see the AWS Health Dashboard and wait until it is over; {_AGAIN}",
)
RACE: Final = Answer(
    disposition=Disposition.RETRY,
    words="Somebody else was faster, or the request was out of date: the step is made again from its beginning. If "
    f"that does not help, the function's log has the details; {_AGAIN}",
)
ABSENT: Final = Answer(
    disposition=Disposition.WAIT,
    patience=pacing.NOT_THERE_YET,
    words=f"See in CloudTrail whether somebody deletes what the message names; {_AGAIN}",
)
LAGGING: Final = Answer(
    disposition=Disposition.WAIT,
    patience=pacing.NOT_THERE_YET,
    words="AWS's reads lag behind its writes; these did for minutes. See whether what the message names is there; "
    f"{_AGAIN}",
)
"""A look would have spared us these, had it shown what was done a moment ago.

https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
"""

HELD: Final = Answer(
    disposition=Disposition.WAIT,
    patience=pacing.STILL_IN_USE,
    fails_as="{code}",
    words="Something that Slipway did not make still uses it, or a change of it does not end: remove what the message "
    "names; then delete the cluster again: the run goes on from here.",
)
IN_USE: Final = Answer(
    disposition=Disposition.WAIT,
    patience=pacing.NOT_THERE_YET,
    words=f"See who changes it, or has taken its name, without being shown by AWS; {_AGAIN}",
    removing=HELD,
)
CHANGING: Final = Answer(
    disposition=Disposition.WAIT,
    patience=pacing.UPDATE_IN_PROGRESS,
    words=f"See which update does not end, in the EKS console; {_AGAIN}",
    removing=HELD,
)
NOT_ACTIVE: Final = Answer(
    disposition=Disposition.WAIT,
    patience=pacing.CLUSTER_NOT_ACTIVE,
    words=f"See what keeps the cluster from becoming ACTIVE, in the EKS console; {_AGAIN}",
)
GONE: Final = Answer(
    disposition=Disposition.WAIT,
    patience=pacing.NOT_THERE_YET,
    fails_as="ClusterGone",
    words="Somebody else deleted the cluster during the run. Send the same spec again to have it made anew; Slipway's "
    "roles and network are still there.",
    stays=Disposition.USER,
    removing=ABSENT,
)
INVISIBLE: Final = Answer(
    disposition=Disposition.WAIT,
    patience=pacing.ROLE_NOT_VISIBLE,
    fails_as="RoleNotVisible",
    words="IAM shows the role as EKS demands it, so look for what keeps EKS from assuming it: a service control "
    f"policy, or a change of its trust policy meanwhile; {_AGAIN}",
)
REFUSED: Final = Answer(disposition=Disposition.USER, words="Correct what the message names in the spec.")
ZONE: Final = Answer(
    disposition=Disposition.USER,
    words="Give resourcesVpcConfig.subnetIds with subnets in at least two of these zones: {zones}.",
)
UNREADY: Final = Answer(
    disposition=Disposition.USER,
    words=f"Mend what EKS's readiness insights name, or name them in ignoredInsights to upgrade all the same; {_AGAIN}",
)
PROTECTED: Final = Answer(
    disposition=Disposition.USER,
    words="Switch off the protection of what the message names; then delete the cluster again: the run goes on from "
    "here.",
)
DENIED: Final = Answer(
    disposition=Disposition.PAGE,
    words="Allow the action to the role that the message names, or look for a service control policy that denies it; "
    "then send the same spec again.",
)
LINKED_ROLE: Final = Answer(
    disposition=Disposition.PAGE,
    words="Let the role of Slipway's function nodegroups call iam:GetRole on the service-linked role that the message "
    f"names: a service control policy seems to deny it; {_AGAIN}",
)
TEMPLATE: Final = Answer(
    disposition=Disposition.PAGE,
    words="Look at what the launch template uses: its AMI must be shared with this account, its KMS key usable by EC2 "
    f"Auto Scaling, and no service control policy may deny ec2:RunInstances; {_AGAIN}",
)
KEY: Final = Answer(
    disposition=Disposition.PAGE, words=f"Make the KMS key that the message names usable again; {_AGAIN}"
)
STACK: Final = Answer(
    disposition=Disposition.PAGE, words=f"Deploy Slipway's stack again: a part of it is not there; {_AGAIN}"
)
BUG: Final = Answer(
    disposition=Disposition.PAGE,
    words="Slipway has asked for what AWS does not take, which is a mistake of Slipway's: report it with this message.",
)


def quota(name: str = "") -> Answer:
    """A quota is used up, which Service Quotas calls by ``name`` if that is known."""
    named = f" {name!r}" if name else ""
    return Answer(
        disposition=Disposition.PAGE,
        words=f"Raise the quota{named} in Service Quotas or remove what is no longer needed; {_AGAIN}",
    )


LIMIT: Final = quota()
