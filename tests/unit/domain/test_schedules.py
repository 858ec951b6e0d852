from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.schedules import belonging, prefix, schedule_name

CLUSTERS = st.from_regex(r"[0-9A-Za-z][A-Za-z0-9\-_]{0,99}", fullmatch=True)
LONG = "a" * 52


def test_a_name_says_whose_it_is() -> None:
    assert schedule_name("simple-bank", {"ScheduleExpression": "cron"}).startswith("simple-bank.")


@given(cluster=CLUSTERS, said=st.text())
def test_scheduler_takes_the_name_and_the_cluster_knows_it_again(cluster: str, said: str) -> None:
    name = schedule_name(cluster, {"said": said})
    assert re.fullmatch(r"[0-9a-zA-Z-_.]{1,64}", name)
    assert belonging(cluster, [name]) == [name]


@given(one=CLUSTERS, other=CLUSTERS | st.just(LONG))
def test_no_cluster_takes_anothers_for_its_own(one: str, other: str) -> None:
    names = [schedule_name(one, {}), schedule_name(one, {"said": "more"})]
    for cluster in {other, one[:10], one + "-b", f"{one}b"} - {one}:
        assert belonging(cluster, names) == []


def test_a_name_that_was_cut_is_not_that_of_what_is_left() -> None:
    cut, _, _ = prefix(LONG).partition(".")
    assert belonging(cut, [schedule_name(LONG, {})]) == []
    assert schedule_name(LONG, {}).startswith(prefix(cut))


def test_another_content_is_another_name() -> None:
    names = {schedule_name("bank", {"said": said}) for said in ("a", "b")}
    assert len(names) == 2


def test_a_schedule_that_slipway_did_not_name_is_nobodys() -> None:
    assert belonging("bank", ["bank", "nightly", "bank-nightly", "nightly.bank."]) == []
