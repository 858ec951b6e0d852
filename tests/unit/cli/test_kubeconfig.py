import stat
from pathlib import Path

import pytest
import yaml

from cli.errors import UsageError
from cli.kubeconfig import default_path, merge_into, merged_config, write
from cli.shapes import Json


def config(name: str, server: str = "https://new") -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server}}],
        "users": [{"name": name, "user": {"exec": {"command": "aws"}}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }


def test_a_merge_keeps_what_is_there_and_replaces_its_own() -> None:
    mine = merged_config(config("other", "https://other"), config("bank", "https://old"))
    merged = merged_config({**mine, "preferences": {"colors": True}}, config("bank"))
    assert [c["cluster"]["server"] for c in merged["clusters"]] == ["https://other", "https://new"]
    assert [user["name"] for user in merged["users"]] == ["other", "bank"]
    assert [context["name"] for context in merged["contexts"]] == ["other", "bank"]
    assert merged["current-context"] == "bank"
    assert merged["preferences"] == {"colors": True}


def test_merging_twice_is_merging_once() -> None:
    once = merged_config(config("other"), config("bank"))
    assert merged_config(once, config("bank")) == once


@pytest.mark.parametrize("before", [None, "", "clusters: null\nusers: []\n"])
def test_a_file_without_clusters_becomes_the_kubeconfig(tmp_path: Path, before: str | None) -> None:
    path = tmp_path / "new" / "config"
    if before is not None:
        path.parent.mkdir()
        path.write_text(before)
    assert merge_into(path, yaml.safe_dump(config("bank"))) == "bank"
    assert yaml.safe_load(path.read_text()) == config("bank")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert sorted(tmp_path.iterdir()) == [link, target]


@pytest.mark.parametrize("broken", ["- a list", "clusters: [{no: name}]", "clusters: 3"])
def test_a_file_that_is_no_kubeconfig_is_left_alone(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "config"
    path.write_text(broken)
    with pytest.raises(UsageError, match="is not a kubeconfig"):
        merge_into(path, yaml.safe_dump(config("bank")))
    assert path.read_text() == broken


def test_an_unwritable_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot write .*/file/config: "):
        write(tmp_path / "file" / "config", "text")


def test_an_unreadable_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"cannot read {tmp_path}: Is a directory"):
        merge_into(tmp_path, yaml.safe_dump(config("bank")))


@pytest.mark.parametrize(
    ("environment", "path"),
    [({}, "~/.kube/config"), ({"KUBECONFIG": ""}, "~/.kube/config"), ({"KUBECONFIG": ":/a:/b"}, "/a")],
)
def test_the_file_is_kubectls(environment: dict[str, str], path: str) -> None:
    assert default_path(environment) == Path(path).expanduser()
