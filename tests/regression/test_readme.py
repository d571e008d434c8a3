"""What the README shows is what happens."""

from __future__ import annotations

import re

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
    assert offered == set(re.findall(r"^\| `(--[a-z-]+)", README, re.MULTILINE))


def test_no_file_names_a_registry_or_a_machine() -> None:
    forbidden = re.compile(r"https?://[^\s]*(pypi|npmjs|debian)\.|/work/(main|shared)|/root/")
    places = [*REPOSITORY.glob("*.*"), *REPOSITORY.glob("src/**/*.py"), REPOSITORY / "Makefile"]
    found = [path for path in places if path.is_file() and forbidden.search(path.read_text())]
    assert found == []
