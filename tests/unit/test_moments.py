"""Moments are written in one way, and lie where calendars can count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from practiceear.moments import read_day, read_moment


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 1, 18, tzinfo=timezone(timedelta(hours=1))),
        datetime(2026, 3, 1, 18, 5, 7, 123000, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=timezone(-timedelta(hours=3, minutes=30))),
    ],
)
def test_what_is_written_comes_back(moment: datetime) -> None:
    assert read_moment(moment.isoformat()) == moment
    assert read_moment(moment.isoformat(timespec="milliseconds")) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-W48-1T10:00:00+01:00",
        "20260301T180000+0100",
        "2026-03-01",
        "2026-03-01T18:00:00",
        "2026-03-01 18:00:00+01:00",
        "2026-02-30T18:00:00+01:00",
        "2026-03-01T25:00:00+01:00",
        "9999-12-31T23:00:00+00:00",
        "0001-01-01T00:00:00+00:00",
        "2026-03-01T18:00:00+01:00\n",
        "２０26-03-01T18:00:00+01:00",
    ],
)
def test_all_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        read_moment(text)


def test_a_day_is_a_day_of_the_calendar() -> None:
    assert read_day("2028-02-29") == date(2028, 2, 29)
    for text in ("2026-W48-1", "20260301", "2026-02-29", "9999-12-31", "0001-01-01", "2026-3-1"):
        with pytest.raises(ValueError, match=r"not|range"):
            read_day(text)
