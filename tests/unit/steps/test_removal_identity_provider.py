"""The OIDC provider of a cluster's issuer goes if it is ours, and is named if it is somebody else's, against moto."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.domain.existing import DELETED
from lambdas.domain.pacing import Part
from lambdas.domain.progress import Ready
from lambdas.domain.spec import ClusterSpec
from lambdas.steps.convergence import remove
from lambdas.steps.roles import removals
from lambdas.steps.scope import Scope
from tests.house import house
from tests.unit.steps.yard import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.domain.progress import Report
    from tests.house import House
    from tests.unit.steps.yard import Tags

HOST = "oidc.eks.eu-central-1.amazonaws.com/id/"
OURS = {"slipway/cluster": NAME}


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    with house() as home:
        yield home


class Departure:
    """Looks at the provider of an issuer; what they find is remembered."""

    def __init__(self, home: House, issuer: str) -> None:
        self.home = home
        self.issuer = issuer
        self.facts: dict[str, object] = {"cluster": {"status": DELETED, "issuer": f"https://{issuer}"}}

    def make(self, tags: Tags) -> None:
        self.home.around.aws.iam.create_open_id_connect_provider(
            Url=f"https://{self.issuer}", ThumbprintList=["0" * 40], ClientIDList=["sts.amazonaws.com"],
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )  # fmt: skip

    def look(self) -> Report:
        around = self.home.around
        scope = Scope(
            spec=ClusterSpec(name=NAME), run="bank-destroy-1-2", observed=self.facts,
            aws=around.aws, home=around.settings.home(), settings=around.settings,
        )  # fmt: skip
        report, _ = remove(removals(scope, Part.CLUSTER_ROLE))
        self.facts |= {report.resource: dict(report.facts)} if report.facts else {}
        return report

    @property
    def is_there(self) -> bool:
        found = self.home.around.aws.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
        return any(it["Arn"].endswith(self.issuer) for it in found)


@pytest.fixture
def departure(home: House, request: pytest.FixtureRequest) -> Departure:
    """An issuer of the test's own."""
    return Departure(home, f"{HOST}{abs(hash(request.node.nodeid)):032X}")


def test_ours_goes_after_the_cluster_is_gone(departure: Departure) -> None:
    departure.make(OURS)
    assert departure.look().action is not None
    assert not departure.is_there
    report = departure.look()
    assert (report.progress, report.facts) == (Ready(), {"status": DELETED})
    assert departure.look().facts == {"status": DELETED}


@pytest.mark.parametrize("tags", [{"a": "b"}, {"slipway/cluster": "bench"}, {"alpha.eksctl.io/cluster-name": NAME}])
def test_somebody_elses_is_left_and_named(departure: Departure, tags: Tags) -> None:
    departure.make(tags)
    report = departure.look()
    assert (report.progress, report.action) == (Ready(), None)
    assert departure.issuer in str(report.facts["left"])
    assert departure.is_there


def test_none_is_not_called_deleted(departure: Departure) -> None:
    assert departure.look().facts == {}


@pytest.mark.parametrize("cluster", [{}, {"issuer": None}, {"left": "it lacks the tag", "issuer": "https://x"}])
def test_it_is_looked_for_by_a_known_issuer_of_our_cluster(departure: Departure, cluster: dict[str, object]) -> None:
    departure.make(OURS)
    known = {name: f"https://{departure.issuer}" if said == "https://x" else said for name, said in cluster.items()}
    departure.facts = {"cluster": known}
    report = departure.look()
    assert (report.progress, report.facts) == (Ready(), {})
    assert departure.is_there
