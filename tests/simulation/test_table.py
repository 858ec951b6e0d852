"""The table in memory, held to moto's: the real registry does the same with both, and so does each expression.

Where the table differs on purpose: lists may lag behind (moto's are never late), of two writes of one item in one
transaction it says at once that DynamoDB refuses them, and it refuses expressions that are too long for DynamoDB.
Neither forgets items whose time to live has passed.
Left out is where moto is not like DynamoDB: it takes what is not there for NULL, cannot order a number and a text, and
accepts a member of what is no map.
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from lambdas.aws.registry import Conflict, Registry
from lambdas.domain.drift import Drift, Finding
from lambdas.domain.events import ClusterReady, event_id
from lambdas.domain.names import run_id
from lambdas.domain.power import Outcome
from lambdas.domain.progress import Word
from lambdas.domain.records import ClusterRecord, Power, Revision, Sizes, Start, Tombstone
from lambdas.domain.runs import Problem, Step, Verb
from lambdas.domain.turns import Rush
from sandbox.clock import VirtualClock
from tests.house import REGION, make_table
from tests.quick import new_session
from tests.simulation.chance import chance
from tests.simulation.door import client_of
from tests.simulation.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    Client = Any
    """DynamoDB's, whose answers have no common type with a model's."""

    Json = Any
    Deed = Callable[["Side", Random], object]

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
AT = START.isoformat()
CLUSTERS = ("bank", "dock")
SEEDS = range(4)
DEEDS_PER_SEED = 110
LOOKS = 20
"""After so many deeds all items are compared, which takes as long as some deeds."""

BROKEN = Problem(code="NodeCreationFailure", cause="They never joined.", remedy="Look at the routes.")


@pytest.fixture(scope="module")
def moto() -> Iterator[Client]:
    """moto's DynamoDB."""
    with mock_aws():
        yield new_session(REGION).client("dynamodb")


@contextmanager
def empty_tables(moto: Client) -> Iterator[tuple[Client, Client]]:
    """An empty table of moto's, and one in memory."""
    make_table(moto)
    clock = VirtualClock(START)
    try:
        yield moto, client_of("dynamodb", Table(clock), clock)
    finally:
        moto.delete_table(TableName="registry")


@pytest.fixture
def both(moto: Client) -> Iterator[tuple[Client, Client]]:
    """Empty tables for a test."""
    with empty_tables(moto) as clients:
        yield clients


# -- what the registry does


@dataclass
class Side:
    """A registry and what somebody knows of it, old and new."""

    client: Client
    held: list[ClusterRecord] = field(default_factory=list)
    buried: list[Tombstone] = field(default_factory=list)

    @property
    def registry(self) -> Registry:
        return Registry(self.client, "registry")

    def record(self, dice: Random) -> ClusterRecord:
        """One that was read just now, mostly; else one that was read some time ago, or was never written."""
        name = dice.choice(CLUSTERS)
        found = self.registry.cluster(name)
        if found is not None:
            self.held.append(found)
        if found is None or dice.random() < 0.15:
            return dice.choice(self.held) if self.held else _record(name)
        return found

    def does(self, deed: Deed, dice: Random) -> tuple[str, object]:
        """How it went, and what it came to."""
        try:
            return "done", deed(self, dice)
        except Conflict as conflict:
            cause = conflict.__cause__
            assert isinstance(cause, ClientError)
            reasons: Json = cause.response.get("CancellationReasons", [])
            return type(conflict).__name__, (_told(cause), [reason["Code"] for reason in reasons])
        except ClientError as error:
            return _told(error)[0], None

    def items(self) -> dict[str, Json]:
        """Everything that is kept."""
        return {item["pk"]["S"]: item for item in _kept(self.client)}


def _told(error: ClientError) -> tuple[str, int]:
    return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]


def _kept(client: Client) -> list[Json]:
    """The items: those of a model are asked for past its door, which knows no Scan."""
    inner = getattr(client._make_api_call, "func", None)
    if inner is None:
        items: list[Json] = client.scan(TableName="registry")["Items"]
        return items
    return list(inner.__self__.services["dynamodb"].items.values())


def _record(name: str) -> ClusterRecord:
    run = run_id(name, Verb.PROVISION, 1, 1)
    return ClusterRecord(
        name=name, generation=1, requested="{}", spec="{}", created_at=AT, run=run, attempt=1, provision=run,
        adopting=frozenset({"cluster"}),
    )  # fmt: skip


def _start(record: ClusterRecord, dice: Random) -> Start:
    start = Start.following(record, dice.choice((Verb.PROVISION, Verb.SCALE, Verb.DESTROY, Verb.DESTROY)), AT)
    return replace(start, undo=start.verb is Verb.DESTROY and dice.random() < 0.8)


def _revision(record: ClusterRecord, dice: Random) -> Revision | None:
    if dice.random() < 0.5:
        return None
    return _revised(record)


def _revised(record: ClusterRecord) -> Revision:
    return Revision(
        generation=record.generation + 1, requested='{"a":1}', spec='{"b":2}', resize=_SIZES,
        forgotten=frozenset({"cluster", "nodegroups/a"}), replaceable=frozenset({"nodegroups/a"}),
    )  # fmt: skip


_SIZES = {"services": Sizes(minSize=1, maxSize=2, desiredSize=1)}


def _event(run: str) -> ClusterReady:
    cluster = run.partition("-")[0]
    return ClusterReady(
        id=event_id(ClusterReady, run), cluster=cluster, at=AT, message="", generation=1, run=run, version=None,
        endpoint=None,
    )  # fmt: skip


def _holder(record: ClusterRecord, dice: Random) -> str:
    """The run that holds the cluster, or another one."""
    return record.lease if record.lease and dice.random() < 0.8 else record.run


def _some_outcome(dice: Random) -> Outcome | None:
    return dice.choice((None, Outcome(power=Power.ASLEEP, savings='{"hours":1}', resize=_SIZES)))


def _create(side: Side, dice: Random) -> None:
    name = dice.choice(CLUSTERS)
    record = _record(name)
    start = Start(run=record.run, cluster=name, verb=Verb.PROVISION, generation=1, attempt=1, at=AT)
    tombstone = side.registry.tombstone(name)
    if tombstone is not None:
        side.buried.append(tombstone)
        attempt = len(side.buried) + 100
        record = replace(record, run=run_id(name, Verb.PROVISION, 1, attempt), attempt=attempt)
        start = replace(start, run=record.run, attempt=attempt)
    after = dice.choice(side.buried) if side.buried and dice.random() < 0.8 else tombstone
    side.registry.create(record, start, after)


def _start_again(side: Side, dice: Random) -> None:
    record = side.record(dice)
    side.registry.start_again(record, _start(record, dice), dice.choice((None, BROKEN)), _revision(record, dice))


def _queue(side: Side, dice: Random) -> None:
    record = side.record(dice)
    side.registry.queue(record, _start(record, dice), _revision(record, dice))


def _revise(side: Side, dice: Random) -> None:
    record = side.record(dice)
    side.registry.revise(record, _revised(record))


def _delete_undone(side: Side, dice: Random) -> None:
    known = [side.registry.cluster(name) for name in CLUSTERS]
    undoing = [record for record in known if record and record.undo]
    record = dice.choice(undoing) if undoing else side.record(dice)
    side.registry.delete_undone(replace(record, undo=record.undo or "nobody"))


def _give_lease(side: Side, dice: Random) -> None:
    record = side.record(dice)
    side.registry.give_lease(record, dice.choice((record.provision, record.destroy or "none")))


def _intend(side: Side, dice: Random) -> None:
    record = side.record(dice)
    start = Start.following(record, Verb.SCALE, AT) if dice.random() < 0.5 else None
    resize = dice.choice(({}, _SIZES))
    side.registry.intend(record, calendar="{}", override=dice.choice((None, "{}")), resize=resize, start=start)


def _report(side: Side, dice: Random) -> None:
    record = side.record(dice)
    steps = [Step(name=dice.choice(("cluster", "nodegroups/a")), status=Word.WAITING, reason="CREATING", since=AT)]
    facts = {dice.choice(("cluster", "nodegroups/a", "sizes/a")): {"status": "CREATING", "number": 1.5}}
    generation = dice.choice((None, record.generation))
    side.registry.report(record.name, _holder(record, dice), steps, facts, generation=generation)


def _converging(side: Side, dice: Random) -> None:
    record = side.record(dice)
    side.registry.converging(record.name, _holder(record, dice), record.generation, "aim")


def _finish(side: Side, dice: Random) -> None:
    record = side.record(dice)
    run = _holder(record, dice)
    side.registry.finish(record, run, AT, _some_outcome(dice), [_event(run)])


def _undone(side: Side, dice: Random) -> None:
    record = side.record(dice)
    side.registry.undone(record, _holder(record, dice), AT)


def _bury(side: Side, dice: Random) -> None:
    record = side.record(dice)
    run = _holder(record, dice)
    side.registry.bury(record, run, AT, [_event(run)])


def _fail(side: Side, dice: Random) -> bool:
    record = side.record(dice)
    run, seen = _holder(record, dice), dice.choice((None, record))
    return side.registry.fail(record.name, run, AT, BROKEN, _some_outcome(dice), seen, [_event(run)])


def _note_drift(side: Side, dice: Random) -> None:
    record = side.record(dice)
    found = replace(record, drift=dice.choice((record.drift, record.drift, "older")))
    of_sizes = Finding(
        resource="nodegroups/a", field="scalingConfig.maxSize", actual=1, wanted=2, reason="", repairable=True, since=AT
    )
    drift = Drift(lookedAt=AT, findings=dice.choice(((), (of_sizes,))))
    side.registry.note_drift(found, drift.told(), [_event(f"{record.name}-drift")])


def _note(side: Side, dice: Random) -> bool:
    return side.registry.note(_event(f"{dice.choice(CLUSTERS)}-{dice.randrange(9)}"))


def _published(side: Side, dice: Random) -> None:
    known = [notice.id for notice in side.registry.unpublished()]
    side.registry.published(dice.choice([*known, "nobody"]), AT)


def _pages(
    read: Callable[[Json], tuple[list[Json], Json]],
) -> list[Json]:
    items, following = read(None)
    pages = [(items, following)]
    while following is not None:
        items, following = read(following)
        pages.append((items, following))
    return pages


def _change_rush(side: Side, dice: Random) -> bool:
    was = dice.choice((side.registry.turns()[1], Rush(rate=3.0)))
    return side.registry.change_rush(was, Rush(first=dice.random(), since=1.0, rate=2.0, known=1.0))


DEEDS: dict[str, tuple[Deed, int]] = {
    "create": (_create, 3),
    "start_again": (_start_again, 4),
    "queue": (_queue, 2),
    "revise": (_revise, 2),
    "delete_undone": (_delete_undone, 3),
    "give_lease": (_give_lease, 4),
    "intend": (_intend, 3),
    "report": (_report, 6),
    "converging": (_converging, 2),
    "finish": (_finish, 3),
    "undone": (_undone, 3),
    "bury": (_bury, 2),
    "fail": (_fail, 3),
    "note_drift": (_note_drift, 2),
    "forget": (lambda side, dice: side.registry.forget(side.record(dice), dice.choice(("schedules", "cluster"))), 1),
    "note": (_note, 2),
    "published": (_published, 2),
    "take_turn": (lambda side, _: side.registry.take_turn(), 1),
    "turns": (lambda side, _: side.registry.turns(), 1),
    "change_rush": (_change_rush, 1),
    "cluster": (lambda side, dice: side.registry.cluster(dice.choice(CLUSTERS)), 1),
    "tombstone": (lambda side, dice: side.registry.tombstone(dice.choice(CLUSTERS)), 1),
    "run": (lambda side, dice: side.registry.run(side.record(dice).run), 1),
    "look": (lambda side, dice: side.registry.look(dice.choice(CLUSTERS), side.record(dice).run), 1),
    "clusters": (lambda side, _: _pages(side.registry.clusters), 1),
    "runs": (lambda side, dice: _pages(partial(side.registry.runs, dice.choice(CLUSTERS))), 2),
    "events": (lambda side, dice: _pages(partial(side.registry.events, dice.choice(CLUSTERS))), 1),
    "is_told": (lambda side, dice: side.registry.is_told(_event(f"bank-{dice.randrange(9)}").id), 1),
    "unpublished": (lambda side, _: side.registry.unpublished(), 1),
}
"""What is done to a registry by the name of its method, and how often compared with the others."""

NEVER_REFUSED = {
    "fail", "note", "take_turn", "turns", "change_rush",
    "cluster", "tombstone", "run", "look", "clusters", "runs", "events", "is_told", "unpublished",
}  # fmt: skip


def test_every_method_of_the_registry_is_among_the_deeds() -> None:
    methods = {name for name, _ in inspect.getmembers(Registry, inspect.isfunction) if not name.startswith("_")}
    assert methods == set(DEEDS)


def test_the_registry_fares_the_same_with_both(moto: Client) -> None:
    met: defaultdict[str, set[str]] = defaultdict(set)
    for seed in SEEDS:
        with empty_tables(moto) as clients, mock.patch("lambdas.aws.table.PAGE_SIZE", 2):
            for name, way in _fared(seed, *map(Side, clients)):
                met[name].add(way)
    assert {name for name, ways in met.items() if "done" in ways} == set(DEEDS)
    assert {name for name, ways in met.items() if ways == {"done"}} == NEVER_REFUSED


def _fared(seed: int, theirs: Side, ours: Side) -> Iterator[tuple[str, str]]:
    """Do the same with both, by lot; tells what was done, and how it went."""
    names, weights = list(DEEDS), [often for _, often in DEEDS.values()]
    for number, name in enumerate(chance(seed, "deeds").choices(names, weights, k=DEEDS_PER_SEED)):
        about = f"{number} {name}"
        wanted = theirs.does(DEEDS[name][0], chance(seed, about))
        assert ours.does(DEEDS[name][0], chance(seed, about)) == wanted, (seed, about)
        if number % LOOKS == LOOKS - 1:
            assert ours.items() == theirs.items(), (seed, about)
        yield name, wanted[0]


# -- each expression by itself

KEY = {"pk": {"S": "one"}}
ITEM = {
    **KEY,
    "amount": {"N": "2"},
    "words": {"S": "b"},
    "really": {"BOOL": True},
    "blank": {"NULL": True},
    "tree": {"M": {"a": {"S": "x"}, "deep": {"M": {"b": {"N": "1"}}}}},
    "shelf": {"L": [{"S": "x"}]},
}
VALUES = {":one": {"N": "1"}, ":ten": {"N": "10"}, ":b": {"S": "b"}, ":tree": {"M": {}}}
NAMES = {"#a": "a", "#tree": "tree"}

CONDITIONS = (
    "attribute_exists(amount)",
    "attribute_exists(absent)",
    "attribute_not_exists(tree.a)",
    "attribute_not_exists(tree.absent)",
    "attribute_not_exists(words.a)",
    "attribute_exists(#tree.#a)",
    "amount = :ten",
    "amount < :ten",
    "amount > :one",
    "amount >= :ten",
    "words = :b",
    "words <> :b",
    "absent = :b",
    "absent <> :b",
    "absent < :b",
    "words = :b OR words = :one AND amount = :ten",
    "(words = :b OR words = :one) AND amount = :ten",
    "tree.deep.b = :one",
)
UPDATES = (
    "SET amount = :ten",
    "SET amount = amount + :one",
    "SET amount = amount - :one, words = :b",
    "SET amount = absent + :one",
    "SET amount = if_not_exists(absent, :ten)",
    "SET amount = if_not_exists(amount, :ten) + :one",
    "SET absent = if_not_exists(absent, :one) + :one",
    "SET words = amount, amount = :ten",
    "SET words = absent",
    "SET tree.deep.b = :b",
    "SET #tree.#a = :b",
    "SET tree.absent = :b",
    "SET absent.a = :b",
    "SET tree = :tree REMOVE words",
    "REMOVE words, amount",
    "REMOVE absent",
    "REMOVE tree.a, tree.absent",
    "REMOVE absent.a",
    "ADD amount :ten",
    "ADD absent :ten",
    "SET words = :b ADD amount :one REMOVE shelf",
)


@pytest.mark.parametrize("item", [ITEM, None], ids=["item", "none"])
def test_a_condition_holds_in_both_or_in_neither(both: tuple[Client, Client], item: Json) -> None:
    """On an item that is there, and where there is none."""
    for condition in CONDITIONS:
        asked = {"Key": KEY, "UpdateExpression": "SET seen = :one", "ConditionExpression": condition}
        assert_same(both, item, asked)


@pytest.mark.parametrize("item", [ITEM, None], ids=["item", "none"])
def test_an_update_makes_the_same_of_an_item(both: tuple[Client, Client], item: Json) -> None:
    for expression in UPDATES:
        assert_same(both, item, {"Key": KEY, "UpdateExpression": expression})


def assert_same(both: tuple[Client, Client], item: Json, asked: dict[str, Json]) -> None:
    """The same update of the same item gives the same answer, and leaves the same."""
    said = " ".join(str(text) for name, text in asked.items() if name.endswith("Expression"))
    asked = {
        "TableName": "registry",
        "ReturnValues": "ALL_NEW",
        **asked,
        **_used("ExpressionAttributeValues", VALUES, said),
        **_used("ExpressionAttributeNames", NAMES, said),
    }
    found = []
    for client in both:
        _put(client, item)
        found.append((_answer(client, asked), _kept(client)))
    theirs, ours = found
    assert ours == theirs, said


def _used(member: str, known: dict[str, Json], said: str) -> dict[str, Json]:
    """DynamoDB refuses placeholders that no expression uses."""
    used = {name: value for name, value in known.items() if name in said}
    return {member: used} if used else {}


def _put(client: Client, item: Json) -> None:
    inner = getattr(client._make_api_call, "func", None)
    if item is not None:
        client.put_item(TableName="registry", Item=item)
    elif inner is None:
        client.delete_item(TableName="registry", Key=KEY)
    else:
        inner.__self__.services["dynamodb"].items.clear()


def _answer(client: Client, asked: dict[str, Json]) -> Json:
    try:
        return client.update_item(**asked)["Attributes"]
    except ClientError as error:
        return _told(error)


# -- where it differs on purpose


def test_a_list_lags_behind_and_what_is_read_by_key_does_not() -> None:
    clock = VirtualClock(START)
    client = client_of("dynamodb", Table(clock, lag=lambda: 2.0), clock)
    registry, record = Registry(client, "registry"), _record("bank")
    start = Start(run=record.run, cluster="bank", verb=Verb.PROVISION, generation=1, attempt=1, at=AT)
    registry.create(record, start)
    clock.advance(1)
    registry.fail("bank", record.run, AT, BROKEN)
    seen = []
    for _ in range(3):
        seen.append([run.status for run in registry.runs("bank")[0]])
        found = registry.run(record.run)
        assert found is not None
        assert found.status == "FAILED"
        clock.advance(1)
    assert seen == [[], ["RUNNING"], ["FAILED"]]


def test_two_writes_of_one_item_in_one_transaction_are_a_mistake_of_the_registry() -> None:
    clock = VirtualClock(START)
    client = client_of("dynamodb", Table(clock), clock)
    write = {"Put": {"TableName": "registry", "Item": KEY}}
    with pytest.raises(AssertionError, match="two writes of one item"):
        client.transact_write_items(TransactItems=[write, write])


def test_a_long_expression_is_refused_and_a_report_on_five_hundred_resources_has_none() -> None:
    clock = VirtualClock(START)
    client = client_of("dynamodb", Table(clock), clock)
    registry, record = Registry(client, "registry"), _record("bank")
    start = Start(run=record.run, cluster="bank", verb=Verb.PROVISION, generation=1, attempt=1, at=AT)
    registry.create(record, start)
    names = [f"podidentity/payments/worker-{number}" for number in range(500)]
    lines = [Step(name=name, status=Word.WAITING, reason="CREATING", since=AT) for name in names]
    registry.report("bank", record.run, lines, {name: {"status": "CREATING"} for name in names})
    known, run = registry.cluster("bank"), registry.run(record.run)
    assert known is not None
    assert run is not None
    assert set(known.observed) == set(run.steps) == set(names)
    with pytest.raises(ClientError, match="Expression size has exceeded the maximum allowed size"):
        client.update_item(TableName="registry", Key=KEY, UpdateExpression="REMOVE a" + ", b" * 1400)
