"""Where the API is: said by the user, or by the output of Slipway's CloudFormation stack."""

import re
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from botocore.exceptions import ClientError
from botocore.session import Session

from cli.client import Endpoint
from cli.errors import CHOOSE_CREDENTIALS, CliError, UsageError, explained, refused_by_aws

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import OutputTypeDef

DEFAULT_STACK: Final = "Slipway"
URL_OUTPUT: Final = "ApiUrl"

_INVOKE_URL: Final = re.compile(r"https://[^./]+\.execute-api\.([a-z0-9-]+)\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What the user said about where the API is and who asks."""

    url: str | None = None
    stack: str = DEFAULT_STACK
    profile: str | None = None
    region: str | None = None


def find(where: Where) -> Endpoint:
    """The endpoint meant.

    Raises:
        UsageError: no URL, no credentials or no region could be found.
        CliError: AWS would not tell.
    """
    session = Session(profile=where.profile)
    if where.region:
        session.set_config_variable("region", where.region)
    with explained("CloudFormation"):
        url = where.url or _url_of_stack(session, where.stack)
        if not url.startswith(("http://", "https://")):
            raise UsageError(f"{url!r} is not a URL: it starts with https://")
        credentials = session.get_credentials()
        if credentials is None:
            raise UsageError(f"no AWS credentials: {CHOOSE_CREDENTIALS}")
        return Endpoint(
            url=url,
            region=_region(url, session),
            credentials=credentials,
            ca_bundle=session.get_config_variable("ca_bundle"),
        )


def _region(url: str, session: Session) -> str:
    """The region to sign for: the one that an invoke URL names; of any other host only the user knows it."""
    named = _INVOKE_URL.match(url)
    region = named[1] if named else session.get_config_variable("region")
    if not region:
        raise UsageError("no region to sign requests for: pass --region or set AWS_REGION")
    return str(region)


def _url_of_stack(session: Session, stack: str) -> str:
    with closing(cast("CloudFormationClient", session.create_client("cloudformation"))) as client:
        region = client.meta.region_name
        try:
            outputs = client.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
        except ClientError as error:
            raise _no_stack(error, stack, region) from error
    return _url_output(outputs, stack, region)


def _url_output(outputs: "list[OutputTypeDef]", stack: str, region: str) -> str:
    for output in outputs:
        if output.get("OutputKey") == URL_OUTPUT:
            return output["OutputValue"]
    raise UsageError(
        f"stack {stack} in {region} has no output {URL_OUTPUT}: pass --url, set SLIPWAY_URL, "
        "or name Slipway's stack with --stack"
    )


def _no_stack(error: ClientError, stack: str, region: str) -> CliError:
    if error.response["Error"].get("Code") != "ValidationError":
        return refused_by_aws(error)
    return UsageError(
        f"no API URL, and no stack {stack} in {region} that would tell it: pass --url, set SLIPWAY_URL, "
        "or name the stack with --stack and --region"
    )
