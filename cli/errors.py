"""What ends a command early, in the words that its user reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import ClassVar, Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    LoginError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ProxyConnectionError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.httpsession import HTTPClientError


class ExitCode(IntEnum):
    """How the process ends."""

    FAILED = 1
    USAGE = 2
    INTERRUPTED = 130


class CliError(Exception):
    """Ends the command: the API refused, the run failed, the network is down."""

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED
    label: ClassVar[str] = "error: "

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)
        self.lines = lines


class UsageError(CliError):
    """The command cannot work as it was called: a file, an option or the environment has to change."""

    exit_code = ExitCode.USAGE


class UnreachableError(CliError):
    """Nobody answered."""


class InterruptedByUserError(CliError):
    """The user pressed Ctrl-C."""

    exit_code = ExitCode.INTERRUPTED
    label = ""


SIGN_IN: Final = "sign in again (`aws sso login`, `aws login`) or renew AWS_SESSION_TOKEN"
CHOOSE_CREDENTIALS: Final = "run `aws sso login`, set AWS_PROFILE, or pass --profile"

REMEDIES: Final = {
    "AccessDenied": "ask for the permission named, or choose another identity with --profile",
    "AccessDeniedException": "ask for the permission execute-api:Invoke on this API, or pass another --profile",
    "ExpiredToken": SIGN_IN,
    "ExpiredTokenException": SIGN_IN,
    "IncompleteSignatureException": CHOOSE_CREDENTIALS,
    "InvalidClientTokenId": CHOOSE_CREDENTIALS,
    "InvalidSignatureException": "check the region (--region), the secret key and this machine's clock",
    "MissingAuthenticationTokenException": "check --url: it ends with the API's stage, such as /prod",
    "RequestExpired": "set this machine's clock",
    "SignatureDoesNotMatch": "check the secret key and this machine's clock",
    "UnrecognizedClientException": CHOOSE_CREDENTIALS,
}
"""What a person can do about an error of AWS's own, by its code."""

_CONFIGURATION: Final[tuple[tuple[tuple[type[BotoCoreError], ...], str], ...]] = (
    ((NoCredentialsError, PartialCredentialsError), CHOOSE_CREDENTIALS),
    ((ProfileNotFound,), "`aws configure list-profiles` lists those there are"),
    ((NoRegionError,), "pass --region or set AWS_REGION"),
)
_SIGNED_OUT: Final = (CredentialRetrievalError, TokenRetrievalError, SSOError, LoginError)
_UNREACHABLE: Final = (HTTPClientError, NoConnectionError)


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turns botocore's errors into a ``CliError``; ``place`` is the URL or service that was asked."""
    try:
        yield
    except BotoCoreError as error:
        raise explanation(error, place) from error
    except ClientError as error:
        raise refused_by_aws(error) from error


def explanation(error: BotoCoreError, place: str) -> CliError:
    """One line: what happened, and what to do."""
    for kinds, remedy in _CONFIGURATION:
        if isinstance(error, kinds):
            return UsageError(f"{_sentence(error)}: {remedy}")
    if isinstance(error, _SIGNED_OUT):
        return CliError(f"{_sentence(error)}: {SIGN_IN}")
    if isinstance(error, _UNREACHABLE):
        return UnreachableError(f"cannot reach {place} ({_cause(error)}): {_connection_remedy(error)}")
    return CliError(f"{place}: {_sentence(error)}")


def refused_by_aws(error: ClientError) -> CliError:
    """One line for what an AWS service answered: CloudFormation, or STS to a profile that assumes a role."""
    code = error.response["Error"].get("Code", "Unknown")
    message = error.response["Error"].get("Message", "").rstrip(".")
    remedy = REMEDIES.get(code)
    return CliError(f"{error.operation_name}: {code}: {message}" + (f": {remedy}" if remedy else ""))


def _connection_remedy(error: BotoCoreError) -> str:
    if isinstance(error, SSLError):
        return "if a proxy inspects TLS, name its certificate authority in AWS_CA_BUNDLE"
    if isinstance(error, ProxyConnectionError):
        return "check HTTPS_PROXY and NO_PROXY"
    return "check the URL and the network, then run the same command again"


def _cause(error: BotoCoreError) -> str:
    """The innermost message, which is the one that says "refused" or "timed out"."""
    cause: BaseException = error
    while cause.__context__ is not None:
        cause = cause.__context__
    return (cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)).rstrip(".")


def _sentence(error: BotoCoreError) -> str:
    return str(error).rstrip(".")
