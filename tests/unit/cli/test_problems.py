import json

import pytest

from cli.problems import field_line, refusal
from cli.shapes import FieldError

PROBLEM = {
    "title": "The spec has 2 errors",
    "status": 422,
    "errors": [
        {"pointer": "/nodegroups/0/diskSize", "detail": "4 is less than 8", "remedy": "Ask for 8 GiB or more."},
        {"pointer": "/name", "detail": "is missing"},
    ],
}


@pytest.mark.parametrize(
    ("error", "line"),
    [
        ({"pointer": "/a", "detail": "b", "remedy": "c"}, "/a: b -> c"),
        ({"pointer": "/a", "detail": "b"}, "/a: b"),
        ({"detail": "b", "remedy": "c"}, "b -> c"),
        ({"pointer": "", "detail": "b"}, "b"),
    ],
)
def test_a_field_says_where_what_and_what_to_do(error: FieldError, line: str) -> None:
    assert field_line(error) == line


@pytest.mark.parametrize(
    ("status", "headers", "body", "lines"),
    [
        (
            422,
            {},
            PROBLEM,
            [
                "The spec has 2 errors",
                "/nodegroups/0/diskSize: 4 is less than 8 -> Ask for 8 GiB or more.",
                "/name: is missing",
            ],
        ),
        (409, {}, {"title": "Conflict", "detail": "the name is taken"}, ["Conflict: the name is taken"]),
        (400, {}, {"errors": [{"detail": "no"}]}, ["400 Bad Request", "no"]),
        (
            403,
            {"x-amzn-errortype": "ExpiredTokenException"},
            {"message": "The security token included in the request is expired"},
            [
                ("403 Forbidden: The security token included in the request is expired: "
                "sign in again (`aws sso login`, `aws login`) or renew AWS_SESSION_TOKEN")
            ],
        ),
        (
            403,
            {"x-amzn-errortype": "AccessDeniedException:http://internal.amazon.com/"},
            {"Message": "User: arn:x is not authorized."},
            [
                ("403 Forbidden: User: arn:x is not authorized: ask for the permission execute-api:Invoke "
                "on this API, or pass another --profile")
            ],
        ),
        (500, {"x-amzn-requestid": "r-1"}, {"message": None}, [("500 Internal Server Error: "
            "500 Internal Server Error (request r-1)")]),
        (418, {"x-amzn-requestid": "r-1"}, {"message": "short"}, ["418 I'm a Teapot: short"]),
        (502, {"x-amzn-requestid": "r-2"}, "<html>\n bad </html>",
            ["502 Bad Gateway: <html> bad </html> (request r-2)"]),
        (599, {}, [1], ["599: [1]"]),
    ],
)  # fmt: skip
def test_a_refusal_is_told_in_lines(status: int, headers: dict[str, str], body: object, lines: list[str]) -> None:
    error = refusal(status, headers, body if isinstance(body, str) else json.dumps(body))
    assert (error.status, list(error.lines)) == (status, lines)


def test_a_long_page_is_cut() -> None:
    assert refusal(503, {}, "x" * 300).lines[0] == f"503 Service Unavailable: {'x' * 200}…"
