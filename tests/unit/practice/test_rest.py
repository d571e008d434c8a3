"""Stop wins over everything; rest comes when it is due; a steady player is left in peace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practiceear.practice.advice import Advice, Block, SessionSoFar, advise, level_fell, spread_rose
from practiceear.practice.instructions import PLAYER, UNANSWERED
from practiceear.practice.rest import PAIN_RULES, RestRules
from practiceear.reports.practice_words import STOP_WORDS

RULES = RestRules(sounding_limit_s=600.0, loud_limit_s=120.0, session_limit_s=1800.0)
CEILINGS = ("sounding_limit_s", "loud_limit_s", "session_limit_s")
FRESH = SessionSoFar(elapsed_s=60.0)
EVEN = Block(200, 0.05, -20.0)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"pains": (3.0,)}, "pain"),
        ({"pains": (4.0, 0.0)}, "pain"),  # it was there: a better answer later does not undo it
        ({"pains": (0.5, 2.5)}, "pain rise"),
        ({"pains": (2.0, 0.0, 2.0)}, "pain rise"),  # worse in the evening than it began
        ({"sounding_s": 600.0}, "sounding ceiling"),
        ({"loud_s": 120.0}, "loud ceiling"),
        ({"elapsed_s": 1800.0}, "session ceiling"),
    ],
)
def test_a_ceiling_or_pain_ends_the_session(change: dict[str, object], rule: str) -> None:
    reason = advise(RULES, replace(FRESH, **change))  # type: ignore[arg-type]
    assert (reason.advice, reason.rule) == (Advice.STOP, rule)


def test_every_rule_that_ends_a_session_has_its_words() -> None:
    spent = SessionSoFar(elapsed_s=1e9, sounding_s=1e9, loud_s=1e9)
    rules = {advise(RestRules(**{one: 1.0}), spent).rule for one in CEILINGS}
    rules |= {
        advise(RestRules(pain_limit=9.0), replace(FRESH, pains=(0.0, one))).rule
        for one in (8.0, 9.0)
    }
    assert rules | {PLAYER, UNANSWERED} == set(STOP_WORDS)
    assert set(PAIN_RULES) < rules


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"efforts": (2.0, 5.0)}, "effort"),
        ({"blocks": (EVEN, replace(EVEN, mean_level_dbfs=-22.5))}, "softer"),
        ({"blocks": (EVEN, *[replace(EVEN, cv_ioi=0.08)] * 2)}, "less even"),
    ],
)
def test_rest_is_advised(change: dict[str, object], rule: str) -> None:
    reason = advise(RULES, replace(FRESH, **change))  # type: ignore[arg-type]
    assert (reason.advice, reason.rule) == (Advice.REST, rule)
    assert reason.rest_s > 0.0


def test_between_runs_there_is_a_breath_and_else_nothing() -> None:
    assert advise(RULES, FRESH).advice is Advice.GO_ON
    assert advise(RULES, replace(FRESH, is_between_runs=True)).advice is Advice.BREATHE


blocks = st.lists(
    st.builds(
        Block,
        n_intervals=st.integers(0, 400),
        cv_ioi=st.floats(0.0, 0.5),
        mean_level_dbfs=st.floats(-60.0, 0.0),
    ),
    max_size=8,
).map(tuple)


@given(
    pains=st.lists(st.floats(0.0, 10.0), min_size=1, max_size=8).map(tuple),
    blocks=blocks,
    is_between_runs=st.booleans(),
)
def test_after_a_stop_rule_nothing_says_go_on(
    pains: tuple[float, ...],
    blocks: tuple[Block, ...],
    is_between_runs: bool,
) -> None:
    hurt = replace(
        FRESH,
        pains=(*pains, 3.0, *pains),
        blocks=blocks,
        is_between_runs=is_between_runs,
    )
    assert advise(RULES, hurt).advice is Advice.STOP


@given(pains=st.lists(st.floats(0.0, 10.0), max_size=6).map(tuple), more=st.floats(0.0, 10.0))
def test_more_pain_never_weakens_an_advice(pains: tuple[float, ...], more: float) -> None:
    before = advise(RULES, replace(FRESH, pains=pains)).advice
    worst = max((more, *pains))
    after = advise(RULES, replace(FRESH, pains=(*pains, worst))).advice
    assert after >= before


def session(chance: np.random.Generator, cv: list[float], level: list[float]) -> tuple[Block, ...]:
    """Blocks of 150 notes of a simulated player."""
    return tuple(
        Block(
            150,
            one * float(np.std(chance.standard_normal(150), ddof=1)),
            db + float(np.mean(1.5 * chance.standard_normal(150))),
        )
        for one, db in zip(cv, level, strict=True)
    )


def test_a_steady_player_is_rarely_sent_to_rest_and_a_tiring_one_mostly() -> None:
    chance = np.random.default_rng(8)
    steady = [session(chance, [0.05] * 8, [-20.0] * 8) for _ in range(400)]
    assert np.mean([spread_rose(one) or level_fell(one) for one in steady]) < 0.02
    wider = [session(chance, [0.05] * 4 + [0.08] * 4, [-20.0] * 8) for _ in range(400)]
    assert np.mean([spread_rose(one) for one in wider]) > 0.9
    softer = [session(chance, [0.05] * 8, [-20.0 - 0.45 * at for at in range(8)]) for _ in range(9)]
    assert all(level_fell(one) for one in softer)


def test_a_block_of_few_notes_says_nothing() -> None:
    few = Block(8, 0.5, -60.0)
    assert not level_fell((EVEN, few))
    assert not spread_rose((EVEN, few, few))


@pytest.mark.parametrize(
    "wrong",
    [{"short_rest_s": 0.0}, {"pain_limit": 0.0}, {"effort_limit": 11.0}, {"breath_s": -1.0}],
)
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"must be|are above"):
        RestRules(**wrong)
