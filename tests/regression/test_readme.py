"""What the README shows is what happens."""

from __future__ import annotations

import re
import subprocess

import pytest

from practiceear.cli import run
from practiceear.errors import ExitCode
from tests.support.recordings import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_the_demo_prints_what_the_readme_shows(capsys: pytest.CaptureFixture[str]) -> None:
    shown = re.search(r"<!-- demo:.*?-->\n```\n(.*?)```", README, re.DOTALL)
    assert shown
    assert run(["review", "--demo"]) == ExitCode.OK
    assert capsys.readouterr().out.rstrip() == shown.group(1).rstrip()


def test_every_exit_code_is_in_the_table() -> None:
    rows = {int(code) for code in re.findall(r"^\| (\d+) \| ", README, re.MULTILINE)}
    assert rows == {int(code) for code in ExitCode}


def test_every_option_of_review_is_in_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    run(["review", "--help"])
    offered = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help", "--demo"}
    assert offered == set(re.findall(r"^\| `(--[a-z-]+)", _section("Review a take"), re.MULTILINE))


def test_every_option_of_live_is_explained_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    run(["live", "--help"])
    offered = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    assert offered == set(re.findall(r"`[^`]*?(--[a-z][a-z-]+)", _section("Play")))


def _section(title: str) -> str:
    """The text of README under a heading."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_no_file_names_a_registry_or_a_machine() -> None:
    # Put together here, so that this file itself does not name them.
    hosts = "|".join(host + r"\." for host in ("pypi", "npmjs", "debian"))
    forbidden = re.compile(rf"https?://[^\s]*({hosts})|/{'work'}/|/{'root'}/|/{'tmp'}/")
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a checkout: nothing tells which files are committed")
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    text_files = [
        REPOSITORY / name
        for name in tracked.stdout.splitlines()
        if not name.endswith((".flac", ".npz", ".png", "LICENSE"))
    ]
    assert len(text_files) > 50
    found = [path for path in text_files if forbidden.search(path.read_text(encoding="utf-8"))]
    assert found == []
