from pathlib import Path

import pytest

from cli.client import connect
from cli.errors import CliError, ExitCode, UsageError
from cli.finding import Where, find
from tests.unit.cli.server import STAGE, Answer, ScriptedApi

URL = "https://abc123.execute-api.us-west-2.amazonaws.com/prod/"
STACK = """<DescribeStacksResponse><DescribeStacksResult><Stacks><member>
<StackName>Slipway</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-10-07T12:00:00Z</CreationTime>
<Outputs><member><OutputKey>Other</OutputKey><OutputValue>x</OutputValue></member>
<member><OutputKey>{key}</OutputKey><OutputValue>https://found.example.org/prod</OutputValue></member></Outputs>
</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"""
REFUSAL = "<ErrorResponse><Error><Code>{code}</Code><Message>{message}.</Message></Error></ErrorResponse>"
XML = {"Content-Type": "text/xml"}


@pytest.fixture
def cloudformation(server: ScriptedApi, monkeypatch: pytest.MonkeyPatch) -> ScriptedApi:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", server.url.removesuffix(STAGE))
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    return server


def test_a_url_that_is_given_is_taken_and_tells_the_region() -> None:
    found = find(Where(url=URL, region="eu-central-1"))
    assert (found.url, found.region, found.credentials.access_key) == (URL, "us-west-2", "AKIDEXAMPLE")


@pytest.mark.parametrize(("region", "signed_for"), [(None, "eu-central-1"), ("eu-north-1", "eu-north-1")])
def test_another_host_is_signed_for_the_users_region(region: str | None, signed_for: str) -> None:
    assert find(Where(url="http://127.0.0.1:4566", region=region)).region == signed_for


def test_the_stack_tells_the_url(cloudformation: ScriptedApi) -> None:
    cloudformation.script("POST /", Answer(200, STACK.format(key="ApiUrl"), XML))
    assert find(Where(stack="Mine")).url == "https://found.example.org/prod"
    assert "StackName=Mine" in cloudformation.requests[0].body


@pytest.mark.parametrize(
    ("answer", "kind", "line"),
    [
        (
            Answer(200, STACK.format(key="Another"), XML),
            UsageError,
            (
                "stack Slipway in eu-central-1 has no output ApiUrl: pass --url, set SLIPWAY_URL, "
                "or name Slipway's stack with --stack"
            ),
        ),
        (
            Answer(400, REFUSAL.format(code="ValidationError", message="Stack does not exist"), XML),
            UsageError,
            (
                "no API URL, and no stack Slipway in eu-central-1 that would tell it: pass --url, "
                "set SLIPWAY_URL, or name the stack with --stack and --region"
            ),
        ),
        (
            Answer(403, REFUSAL.format(code="ExpiredToken", message="The token is expired"), XML),
            CliError,
            (
                "DescribeStacks: ExpiredToken: The token is expired: "
                "sign in again (`aws sso login`, `aws login`) or renew AWS_SESSION_TOKEN"
            ),
        ),
        (
            Answer(400, REFUSAL.format(code="Odd", message="Well"), XML),
            CliError,
            "DescribeStacks: Odd: Well",
        ),
    ],
)
def test_a_stack_that_does_not_tell_is_one_line(
    cloudformation: ScriptedApi, answer: Answer, kind: type[CliError], line: str
) -> None:
    cloudformation.script("POST /", answer)
    with pytest.raises(CliError) as failure:
        find(Where())
    assert (type(failure.value), failure.value.lines) == (kind, (line,))


@pytest.mark.parametrize(
    ("unset", "where", "line"),
    [
        (
            ["AWS_ACCESS_KEY_ID"],
            Where(url=URL),
            "no AWS credentials: run `aws sso login`, set AWS_PROFILE, or pass --profile",
        ),
        (
            ["AWS_ACCESS_KEY_ID"],
            Where(),
            "Unable to locate credentials: run `aws sso login`, set AWS_PROFILE, or pass --profile",
        ),
        (
            ["AWS_SECRET_ACCESS_KEY"],
            Where(url=URL),
            (
                "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY: "
                "run `aws sso login`, set AWS_PROFILE, or pass --profile"
            ),
        ),
        (
            ["AWS_DEFAULT_REGION"],
            Where(url="https://slipway.example.org"),
            "no region to sign requests for: pass --region or set AWS_REGION",
        ),
        (["AWS_DEFAULT_REGION"], Where(), "You must specify a region: pass --region or set AWS_REGION"),
        (
            [],
            Where(url=URL, profile="absent"),
            "The config profile (absent) could not be found: `aws configure list-profiles` lists those there are",
        ),
        ([], Where(url="slipway.example.org"), "'slipway.example.org' is not a URL: it starts with https://"),
    ],
)
def test_what_is_missing_is_one_line_with_a_remedy(
    monkeypatch: pytest.MonkeyPatch, unset: list[str], where: Where, line: str
) -> None:
    for name in unset:
        monkeypatch.delenv(name)
    with pytest.raises(UsageError) as failure:
        find(where)
    assert failure.value.lines == (line,)
    assert failure.value.exit_code == ExitCode.USAGE


def test_a_session_that_has_ended_says_to_sign_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "aws-config").write_text(
        "[profile sso]\nregion = eu-central-1\nsso_start_url = https://example.org\nsso_region = eu-central-1\n"
        "sso_account_id = 111122223333\nsso_role_name = admin\n"
    )
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    api = connect(find(Where(url=URL, profile="sso")), lambda _: None)
    with pytest.raises(CliError) as failure:
        api.run("x")
    assert "sign in again (`aws sso login`" in failure.value.lines[0]


def test_a_role_that_may_not_be_assumed_is_one_line(
    server: ScriptedApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "aws-config").write_text(
        "[profile role]\nrole_arn = arn:aws:iam::111122223333:role/deployer\ncredential_source = Environment\n"
    )
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url.removesuffix(STAGE))
    server.script("POST /", Answer(403, REFUSAL.format(code="AccessDenied", message="No"), XML))
    api = connect(find(Where(url=URL, profile="role")), lambda _: None)
    with pytest.raises(CliError) as failure:
        api.run("x")
    assert failure.value.lines == (
        "AssumeRole: AccessDenied: No: ask for the permission named, or choose another identity with --profile",
    )
