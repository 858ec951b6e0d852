"""The API over HTTP: signed requests, a few retries, JSON in and out."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final, cast
from urllib.parse import quote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.credentials import Credentials
from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.httpsession import HTTPClientError, URLLib3Session
from botocore.utils import get_environ_proxies

from cli.errors import explained
from cli.problems import refusal
from cli.shapes import Accepted, Adoption, Arranged, Cluster, Drift, Event, Json, Plan, Run, Schedule
from cli.versions import version
from lambdas.domain.schema import from_components

_SIGNING_NAME: Final = "execute-api"
_TIMEOUT_SECONDS: Final = 30  # API Gateway itself gives up after 29
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 15.0
_ATTEMPTS: Final = 4
_PATIENT_ATTEMPTS: Final = 10
_TEMPORARY: Final = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where the API is and who asks. ``ca_bundle`` is a file of certificates, where the default ones will not do."""

    url: str
    region: str
    credentials: Credentials
    ca_bundle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One method for each call. All raise ``CliError``: ``RefusedError`` if the API said no."""

    endpoint: Endpoint
    http: URLLib3Session
    pause: Callable[[float], None]
    attempts: int = _ATTEMPTS

    def create(self, spec: object) -> Accepted:
        """Asks for the cluster to become as ``spec`` says."""
        return cast("Accepted", self._json("POST", "/clusters", spec))

    def update(self, name: str, spec: object, replace: Iterable[str] = ()) -> Accepted:
        """Asks for a known cluster to become as another ``spec`` says; ``replace`` names what may be made anew."""
        return cast("Accepted", self._json("PUT", f"/clusters/{_segment(name)}{_replacing(replace)}", spec))

    def delete(self, name: str) -> Accepted:
        """Asks for one cluster to be taken away, with all that was made for it."""
        return cast("Accepted", self._json("DELETE", f"/clusters/{_segment(name)}"))

    def plan(self, spec: object, replace: Iterable[str] = ()) -> Plan:
        """What that would do."""
        return cast("Plan", self._json("POST", f"/plan{_replacing(replace)}", spec))

    def plan_of(self, name: str, replace: Iterable[str] = ()) -> Plan:
        """What a run would do on a known cluster now: what differs from its spec."""
        return cast("Plan", self._json("POST", f"/clusters/{_segment(name)}/plan{_replacing(replace)}"))

    def drift(self, name: str, *, look: bool) -> Drift:
        """What the last look for drift found on one cluster, or what a look finds now."""
        return cast("Drift", self._json("POST" if look else "GET", f"/clusters/{_segment(name)}/drift"))

    def adoption(self, name: str, spec: object = None) -> Adoption:
        """What adopting a cluster that is in EKS comes to; changes nothing."""
        return cast("Adoption", self._json("POST", f"/clusters/{_segment(name)}/adopt", _adopting(spec)))

    def adopt(self, name: str, spec: object = None) -> Accepted:
        """Makes a cluster that is in EKS this Slipway's."""
        body = {**_adopting(spec), "confirm": True}
        return cast("Accepted", self._json("POST", f"/clusters/{_segment(name)}/adopt", body))

    def clusters(self) -> list[Cluster]:
        """Every cluster."""
        return cast("list[Cluster]", list(self._items("/clusters")))

    def cluster(self, name: str) -> Cluster:
        """One cluster."""
        return cast("Cluster", self._json("GET", f"/clusters/{_segment(name)}"))

    def runs(self, name: str) -> list[Run]:
        """Every run of one cluster."""
        return cast("list[Run]", list(self._items(f"/clusters/{_segment(name)}/runs")))

    def run(self, run_id: str) -> Run:
        """One run with its steps."""
        return cast("Run", self._json("GET", f"/runs/{_segment(run_id)}"))

    def events(self, name: str) -> Iterator[Event]:
        """What has happened to one cluster, newest first; pages are asked for as they are needed."""
        return cast("Iterator[Event]", self._items(f"/clusters/{_segment(name)}/events"))

    def kubeconfig(self, name: str) -> str:
        """A kubeconfig for one cluster, as YAML."""
        return self._send("GET", f"/clusters/{_segment(name)}/kubeconfig").text

    def schedule(self, name: str) -> Schedule:
        """One cluster's calendar, and what follows from it."""
        return cast("Schedule", self._json("GET", f"/clusters/{_segment(name)}/schedule"))

    def set_schedule(self, name: str, calendar: object) -> Arranged:
        """Gives one cluster its calendar."""
        return cast("Arranged", self._json("PUT", f"/clusters/{_segment(name)}/schedule", calendar))

    def delete_schedule(self, name: str) -> Arranged:
        """Takes one cluster's calendar away."""
        return cast("Arranged", self._json("DELETE", f"/clusters/{_segment(name)}/schedule"))

    def hold(self, name: str, verb: str, until: str | None) -> Arranged:
        """Puts one cluster to ``sleep``, or has it ``wake``, by default until the calendar's next event."""
        body = {"until": until} if until else {}
        return cast("Arranged", self._json("POST", f"/clusters/{_segment(name)}/{verb}", body))

    def scale(self, name: str, nodegroups: list[Json]) -> Arranged:
        """Gives node groups of one cluster other sizes."""
        return cast("Arranged", self._json("POST", f"/clusters/{_segment(name)}/scale", {"nodegroups": nodegroups}))

    def schema(self) -> Json:
        """The JSON Schema of the specs that this API takes, as it stands in its description of itself."""
        return from_components(self._json("GET", "/openapi.json")["components"]["schemas"])

    def patient(self) -> "Api":
        """The same API for a long watch: it outlives about a minute without a network."""
        return replace(self, attempts=_PATIENT_ATTEMPTS)

    def _items(self, path: str) -> Iterator[Json]:
        page = self._json("GET", path)
        yield from page["items"]
        while token := page.get("nextToken"):
            page = self._json("GET", f"{path}?nextToken={quote(token, safe='')}")
            yield from page["items"]

    def _json(self, method: str, path: str, body: object = None) -> Json:
        response = self._send(method, path, body)
        try:
            return cast("Json", json.loads(response.text))
        except json.JSONDecodeError:
            raise refusal(response.status_code, response.headers, response.text) from None

    def _send(self, method: str, path: str, body: object = None) -> AWSResponse:
        with explained(self.endpoint.url):
            response = self._insist(method, path, body)
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            raise refusal(response.status_code, response.headers, response.text)
        return response

    def _insist(self, method: str, path: str, body: object) -> AWSResponse:
        """Sends until the answer is not a temporary one; whatever the last attempt gets is the answer."""
        for seconds in _pauses(self.attempts if method == "GET" else 1):
            with suppress(HTTPClientError, NoConnectionError):
                response = self._once(method, path, body)
                if response.status_code not in _TEMPORARY:
                    return response
            self.pause(seconds)
        return self._once(method, path, body)

    def _once(self, method: str, path: str, body: object) -> AWSResponse:
        request = AWSRequest(
            method=method,
            url=self.endpoint.url.rstrip("/") + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "User-Agent": f"slipway/{version()}"},
        )
        credentials = self.endpoint.credentials.get_frozen_credentials()
        SigV4Auth(credentials, _SIGNING_NAME, self.endpoint.region).add_auth(request)
        return self.http.send(request.prepare())


def _adopting(spec: object) -> Json:
    return {} if spec is None else {"spec": spec}


def _replacing(resources: Iterable[str]) -> str:
    named = ",".join(resources)
    return f"?replace={quote(named, safe='')}" if named else ""


def connect(endpoint: Endpoint, pause: Callable[[float], None]) -> Api:
    """The API at an endpoint; opens nothing before the first call."""
    http = URLLib3Session(
        verify=endpoint.ca_bundle or True,  # type: ignore[arg-type]  # a path as well, which the stubs leave out
        proxies=get_environ_proxies(endpoint.url),
        timeout=_TIMEOUT_SECONDS,
    )
    return Api(endpoint=endpoint, http=http, pause=pause)


def _pauses(attempts: int) -> list[float]:
    """Seconds between so many attempts: each pause twice the one before, up to a limit."""
    return [min(_FIRST_PAUSE_SECONDS * 2**n, _LONGEST_PAUSE_SECONDS) for n in range(attempts - 1)]


def _segment(name: str) -> str:
    return quote(name, safe="")
