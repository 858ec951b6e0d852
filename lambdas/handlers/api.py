"""The function ``api``: its routes, each a call turned into a view."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from lambdas.domain.calendar import instant_text
from lambdas.domain.changes import not_replaceable
from lambdas.domain.kubeconfig import kubeconfig
from lambdas.domain.passable import not_allowed
from lambdas.domain.refusal import UNPROCESSABLE, FieldError, Refused
from lambdas.domain.runs import RunStatus
from lambdas.domain.spec import could_be_name, to_json
from lambdas.domain.views import Accepted, ClusterList, ClusterView, Plan, RunList, RunView
from lambdas.handlers import adoptions, drifted, events, looking, nights, problems
from lambdas.handlers.exchange import answer, next_token, page_after, spec_in
from lambdas.handlers.openapi import BODY_REFUSALS, JSON, YAML, document, responses
from lambdas.handlers.problems import Unfulfilled
from lambdas.handlers.shown import cluster_view, executions, instant, known, run_view
from lambdas.steps.deletion import Deletions
from lambdas.steps.intake import Intake
from lambdas.steps.reviewing import accepted

if TYPE_CHECKING:
    from lambdas.domain.preflight.sent import Sent
    from lambdas.domain.records import ClusterRecord
    from lambdas.domain.runs import Run
    from lambdas.domain.spec import ClusterSpec

_PLAN: Final = (
    "Each action has its reason, its consequence (created, in place, rolling, replaced, deleted or refused) and the "
    "members that differ. The parameter replace is that of PUT."
)

app = APIGatewayRestResolver()
problems.register(app)
app.include_router(nights.router)
app.include_router(events.router)
app.include_router(drifted.router)
app.include_router(adoptions.router)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401 -- Lambda's own object
    """Event: API Gateway's proxy event; answer: its proxy answer."""
    with looking.logger.append_context_keys(request=event["requestContext"].get("requestId")):
        return app.resolve(event, context)


@app.post(
    "/clusters",
    summary="Accept a cluster spec and start its run",
    description="The same body again answers with the same run while it runs or has succeeded, and with a new attempt "
    "after it failed or was stopped.",
    responses=responses(HTTPStatus.ACCEPTED, Accepted, *BODY_REFUSALS, HTTPStatus.CONFLICT),
    status_code=int(HTTPStatus.ACCEPTED),
)
def post_cluster() -> Response[str]:
    """Nothing is written, and nothing started, unless the whole spec is good."""
    spec, sent = _spec()
    record, run = _intake().accept(spec, instant_text(instant()), sent)
    return answer(_accepted(record, run), HTTPStatus.ACCEPTED, location=f"runs/{run.id}")


@app.put(
    "/clusters/<name>",
    summary="Accept another spec of a known cluster",
    description="The spec takes the place of the accepted one, as its next generation: a run that is at work goes on "
    "to it, else one is started. Whatever EKS can change is changed in place, one update at a time, a higher version "
    "minor by minor; what the spec no longer has is removed. What cannot change is refused, naming the field, unless "
    "the parameter replace, a list of resources of the spec such as nodegroups/workers, asks for it to be made anew. "
    "A version that is left out stays the accepted one. 200 if the cluster is as described already.",
    responses={
        **responses(HTTPStatus.OK, Accepted),
        **responses(HTTPStatus.ACCEPTED, Accepted, *BODY_REFUSALS, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    },
)
def put_cluster(name: str) -> Response[str]:
    """Nothing is written, and nothing started, unless the whole spec is good and possible."""
    known(name)
    spec, sent = _spec_of(name)
    record, run = _intake().replace(spec, instant_text(instant()), sent, _replaceable(spec))
    settled = run.status is RunStatus.SUCCEEDED
    status = HTTPStatus.OK if settled else HTTPStatus.ACCEPTED
    return answer(_accepted(record, run), status, location=f"../runs/{run.id}")


@app.delete(
    "/clusters/<name>",
    summary="Delete a cluster and everything that was made for it",
    description="Its node groups go too, also those that somebody has added to it. What is not the cluster's and not "
    "Slipway's stays, and the run's receipt says so. A run that is at work makes way. The same again answers with the "
    "same run while it runs, and with a new attempt after it failed or was stopped. Refused while the spec has "
    "deletionProtection, which PUT can take out of it.",
    responses=responses(HTTPStatus.ACCEPTED, Accepted, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    status_code=int(HTTPStatus.ACCEPTED),
)
def delete_cluster(name: str) -> Response[str]:
    """May be repeated, until there is no such cluster any more."""
    known(name)
    around = looking.surroundings()
    record, run = Deletions(around.registry, around.starter).accept(name)
    return answer(_accepted(record, run), HTTPStatus.ACCEPTED, location=f"../runs/{run.id}")


@app.post(
    "/plan",
    summary="Say what a run would do, and why, in order",
    description=f"{_PLAN} Changes nothing.",
    responses=responses(HTTPStatus.OK, Plan, *BODY_REFUSALS),
)
def post_plan() -> Response[str]:
    """Looks at AWS with every step's eyes."""
    spec, sent = _spec()
    return _planned(spec, sent, looking.surroundings().registry.cluster(spec.name))


@app.post(
    "/clusters/<name>/plan",
    summary="Say what a run would do on a known cluster: with the spec in the body, or with the accepted one",
    description=f"{_PLAN} Without a body this is what differs now. Changes nothing.",
    responses=responses(HTTPStatus.OK, Plan, *BODY_REFUSALS, HTTPStatus.NOT_FOUND),
)
def post_cluster_plan(name: str) -> Response[str]:
    """As ``POST /plan``, of a cluster that is there."""
    record = known(name)
    if not app.current_event.body:
        spec = accepted(record)
        return answer(Plan.of(_intake().reviewer.plan(spec, record, _replaceable(spec)), dict(to_json(spec))))
    spec, sent = _spec_of(name)
    return _planned(spec, sent, record)


@app.get(
    "/clusters",
    summary="List clusters by name, fifty a page",
    responses=responses(HTTPStatus.OK, ClusterList, HTTPStatus.BAD_REQUEST),
)
def get_clusters() -> Response[str]:
    """Each with its last run."""
    records, following = looking.surroundings().registry.clusters(page_after(app.current_event))
    items = tuple(cluster_view(record) for record in records)
    return answer(ClusterList(items=items, nextToken=next_token(following)))


@app.get(
    "/clusters/<name>",
    summary="Show a cluster: its spec, its conditions, its last run",
    responses=responses(HTTPStatus.OK, ClusterView, HTTPStatus.NOT_FOUND),
)
def get_cluster(name: str) -> Response[str]:
    """What is wanted, and what runs have learnt."""
    return answer(cluster_view(known(name), ask=True))


@app.get(
    "/clusters/<name>/runs",
    summary="List a cluster's runs, newest first, fifty a page",
    responses=responses(HTTPStatus.OK, RunList, HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
)
def get_cluster_runs(name: str) -> Response[str]:
    """The ledger of one cluster."""
    known(name)
    runs, following = looking.surroundings().registry.runs(name, page_after(app.current_event))
    return answer(RunList(items=tuple(run_view(run) for run in runs), nextToken=next_token(following)))


@app.get(
    "/clusters/<name>/kubeconfig",
    summary="Answer a kubeconfig that gets its tokens from `aws eks get-token`",
    responses=responses(HTTPStatus.OK, None, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def get_kubeconfig(name: str) -> Response[str]:
    """YAML without a secret in it."""
    facts = known(name).observed.get("cluster")
    if not isinstance(facts, dict) or not facts.get("endpoint") or not facts.get("certificateAuthority"):
        raise Unfulfilled(
            HTTPStatus.CONFLICT,
            f"The cluster {name} has no endpoint yet.",
            pointer="/name",
            why="No run of this cluster has got that far.",
            remedy="Ask again when its run has succeeded.",
        )
    text = kubeconfig(name=name, arn=facts["arn"], endpoint=facts["endpoint"], authority=facts["certificateAuthority"])
    return Response(status_code=int(HTTPStatus.OK), content_type=YAML, body=text)


@app.get(
    "/runs/<run>",
    summary="Show a run: each step, its state, since when, what it waits for",
    responses=responses(HTTPStatus.OK, RunView, HTTPStatus.NOT_FOUND),
)
def get_run(run: str) -> Response[str]:
    """The ledger's timeline; a run that was stopped from outside shows as FAILED."""
    found = looking.surroundings().registry.run(run) if could_be_name(run) else None
    if found is None:
        raise Unfulfilled(
            HTTPStatus.NOT_FOUND,
            f"There is no run {run}.",
            pointer="/run",
            why="No run has this id.",
            remedy="GET /clusters/{name}/runs lists a cluster's runs.",
        )
    return answer(run_view(found, ask=True))


@app.get("/openapi.json", include_in_schema=False)
def get_openapi() -> Response[str]:
    """This API in OpenAPI 3.1."""
    return Response(status_code=int(HTTPStatus.OK), content_type=JSON, body=json.dumps(document(app)))


def _planned(spec: ClusterSpec, sent: Sent, record: ClusterRecord | None) -> Response[str]:
    reviewer = _intake().reviewer
    concrete = reviewer.vetted(spec, sent, record)
    return answer(Plan.of(reviewer.plan(concrete, record, _replaceable(concrete)), dict(to_json(concrete))))


def _replaceable(spec: ClusterSpec) -> frozenset[str]:
    """The resources that the parameter ``replace`` names, between commas. Raises Refused for what cannot be meant."""
    named = app.current_event.get_query_string_value("replace") or ""
    replaceable = frozenset(filter(None, named.split(",")))
    if errors := tuple(not_replaceable(spec, replaceable)):
        raise Refused(errors, UNPROCESSABLE)
    return replaceable


def _spec_of(name: str) -> tuple[ClusterSpec, Sent]:
    """The spec in the body, which must be that of the cluster in the path. Raises Refused."""
    spec, sent = _spec()
    if spec.name != name:
        remedy = f"Send it to /clusters/{spec.name}, or correct the name: a cluster's name cannot change."
        raise Refused([FieldError("/name", f"name is {spec.name}, but the path says {name}.", remedy)], UNPROCESSABLE)
    return spec, sent


def _intake() -> Intake:
    around = looking.surroundings()
    return Intake(around.registry, executions(), around.aws, around.settings)


def _spec() -> tuple[ClusterSpec, Sent]:
    """The spec in the body, with roles and keys that this Slipway may use, and the body as sent. Raises Refused."""
    spec, sent = spec_in(app.current_event)
    settings = looking.surroundings().settings
    errors = tuple(not_allowed(spec, sent, settings.role_patterns(), settings.key_patterns()))
    if errors:
        raise Refused(errors, UNPROCESSABLE)
    return spec, sent


def _accepted(record: ClusterRecord, run: Run) -> Accepted:
    caller = app.current_event.request_context.identity.user_arn
    fields = {"cluster": record.name, "generation": record.generation, "run": run.id, "caller": caller}
    looking.logger.info("accepted", extra=fields)
    return Accepted(cluster=cluster_view(record, run), run=run_view(run))
