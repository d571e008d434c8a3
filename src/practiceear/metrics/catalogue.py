"""Every measure by its key, and all that is known of it besides its value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

_PLAYER_UNITS = {"s": "ms", "s/s": "ms/s", "ratio": ""}


class MetricKey(StrEnum):
    """Stable names of the measures: in JSON, in the journal and in expectations."""

    SD_IOI = "sd_ioi_s"
    CORRECTED_SD_IOI = "corrected_sd_ioi_s"
    CV_IOI = "cv_ioi_percent"
    ROBUST_SD_IOI = "robust_sd_ioi_s"
    DEVIATION_SPREAD = "deviation_spread_s"
    CORRECTED_DEVIATION_SPREAD = "corrected_deviation_spread_s"
    DEVIATION_BIAS = "deviation_bias_s"
    DRIFT = "drift_s_per_s"
    ON_TIME_INNER = "on_time_inner_percent"
    ON_TIME_OUTER = "on_time_outer_percent"
    ON_CLICK_INNER = "on_click_inner_percent"
    ON_CLICK_OUTER = "on_click_outer_percent"
    SWING_OFFSET = "swing_offset_s"
    SWING_RATIO = "swing_ratio"
    LOUDNESS_SD = "loudness_sd_db"
    CORRECTED_LOUDNESS_SD = "corrected_loudness_sd_db"
    ACCENT_CONTRAST = "accent_contrast_db"
    ACCENT_CLARITY = "accent_d_prime"
    GATE_RATIO = "gate_ratio"
    GATE_RATIO_SD = "gate_ratio_sd"
    LEGATO_DIP = "legato_dip_db"
    DETACHED_SHARE = "detached_percent"
    ATTACK_SD = "attack_sd_s"
    MEDIAL_SD_IOI = "medial_sd_ioi_s"
    IRREGULARITY = "irregularity_s"
    INSTABILITY = "instability_s"
    ALTERNATE_OFFSET = "alternate_offset_s"
    NPVI = "npvi_percent"
    LAG_ONE_IOI = "lag_one_ioi"
    CLOCK_SD = "clock_sd_s"
    MOTOR_SD = "motor_sd_s"
    TONE_WAVERING = "tone_wavering_db"
    TONE_WAVERING_RATE = "tone_wavering_hz"
    TONE_SWELL = "tone_swell_db"
    TONE_PITCH = "tone_pitch_cents"
    POSITION_OFFSET = "position_offset_s"
    POSITION_LATE = "position_late_s"
    PLACES_APART = "places_apart_s"
    WHOLE_LATE = "whole_late_s"
    DOUBLE_ONSETS = "double_onset_percent"

    @property
    def info(self) -> MetricInfo:
        """What is known of the measure."""
        return CATALOGUE[self]


class MetricGroup(StrEnum):
    """Headings under which measures are reported."""

    EVENNESS = "Evenness"
    TIMING = "Timing"
    LOUDNESS = "Loudness"
    ARTICULATION = "Articulation"
    RUNS = "Runs"
    SERIAL = "Serial dependence"
    """How intervals follow each other: for programs, no words for players."""

    LONG_TONES = "Long tones"
    PLACES = "Places"
    """Of a bar, of a change of note, of the whole take: not in the table of measures."""


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """What is known of a measure besides its value.

    Attributes
    ----------
    group
        The heading that it is reported under.
    unit
        Of value, interval and detector error: ``s``, ``dB``, ``ratio``, ``%``, ``s/s`` ...
    label
        Its name for players; empty where only programs read it.
    is_compared
        Whether two takes are compared by it. The others are kept out: each question more makes
        every difference harder to tell from chance.
    lower, higher
        What a lower or a higher value than another take's means.
    needs_grid, needs_first_beat
        Whether it is unavailable without a metronome grid, or where bars and clicks are not known.
    depends_on_level
        Whether it rests on levels or on their falls: wrong where the gain moved.
    grows_with_length
        Whether it grows with the length of a note, so that only like tempos compare (Repp 1997).
    is_share
        Whether it is a share of notes, shown without decimals.
    corrected_of
        The measure of which this is the player's own part, the detector's error removed.
    """

    group: MetricGroup
    unit: str
    label: str = ""
    is_compared: bool = False
    lower: str = "less than before"
    higher: str = "more than before"
    needs_grid: bool = False
    needs_first_beat: bool = False
    depends_on_level: bool = False
    grows_with_length: bool = False
    is_share: bool = False
    corrected_of: MetricKey | None = None

    @property
    def player_unit(self) -> str:
        """The unit that players read, times in milliseconds; empty for ratios."""
        return _PLAYER_UNITS.get(self.unit, self.unit)


CATALOGUE: Mapping[MetricKey, MetricInfo] = {
    MetricKey.SD_IOI: MetricInfo(
        MetricGroup.EVENNESS,
        "s",
        "between notes, heard (SD)",
        is_compared=True,
        lower="more even than before",
        higher="less even than before",
        grows_with_length=True,
    ),
    MetricKey.CORRECTED_SD_IOI: MetricInfo(
        MetricGroup.EVENNESS, "s", "of it the player's own", corrected_of=MetricKey.SD_IOI
    ),
    MetricKey.CV_IOI: MetricInfo(
        MetricGroup.EVENNESS,
        "%",
        "share of the note value",
        is_compared=True,
        lower="more even than before",
        higher="less even than before",
    ),
    MetricKey.ROBUST_SD_IOI: MetricInfo(
        MetricGroup.EVENNESS,
        "s",
        "typical unevenness",
        is_compared=True,
        lower="more even than before",
        higher="less even than before",
        grows_with_length=True,
    ),
    MetricKey.DEVIATION_SPREAD: MetricInfo(
        MetricGroup.TIMING,
        "s",
        "about the beat, heard (SD)",
        is_compared=True,
        lower="closer to the beat than before",
        higher="further from the beat than before",
        needs_grid=True,
        grows_with_length=True,
    ),
    MetricKey.CORRECTED_DEVIATION_SPREAD: MetricInfo(
        MetricGroup.TIMING,
        "s",
        "of it the player's own",
        needs_grid=True,
        corrected_of=MetricKey.DEVIATION_SPREAD,
    ),
    MetricKey.DEVIATION_BIAS: MetricInfo(
        MetricGroup.TIMING,
        "s",
        "early (-) or late (+)",
        is_compared=True,
        lower="earlier than before",
        higher="later than before",
        needs_grid=True,
    ),
    MetricKey.DRIFT: MetricInfo(
        MetricGroup.TIMING,
        "s/s",
        "drift against the beat",
        is_compared=True,
        lower="more ahead as it goes on than before",
        higher="more behind as it goes on",
        needs_grid=True,
    ),
    MetricKey.ON_TIME_INNER: MetricInfo(
        MetricGroup.TIMING, "%", "at the player's average", needs_grid=True, is_share=True
    ),
    MetricKey.ON_TIME_OUTER: MetricInfo(
        MetricGroup.TIMING, "%", "near the player's average", needs_grid=True, is_share=True
    ),
    MetricKey.ON_CLICK_INNER: MetricInfo(
        MetricGroup.TIMING, "%", "on the click", needs_first_beat=True, is_share=True
    ),
    MetricKey.ON_CLICK_OUTER: MetricInfo(
        MetricGroup.TIMING, "%", "near the click", needs_first_beat=True, is_share=True
    ),
    MetricKey.SWING_OFFSET: MetricInfo(
        MetricGroup.TIMING, "s", "off-beats after the triplet", needs_grid=True
    ),
    MetricKey.SWING_RATIO: MetricInfo(
        MetricGroup.TIMING, "ratio", "long to short (triplets: 2)", needs_grid=True
    ),
    MetricKey.LOUDNESS_SD: MetricInfo(
        MetricGroup.LOUDNESS,
        "dB",
        "note to note, heard (SD)",
        is_compared=True,
        lower="more even than before",
        higher="less even than before",
        depends_on_level=True,
    ),
    MetricKey.CORRECTED_LOUDNESS_SD: MetricInfo(
        MetricGroup.LOUDNESS,
        "dB",
        "of it the player's own",
        depends_on_level=True,
        corrected_of=MetricKey.LOUDNESS_SD,
    ),
    MetricKey.ACCENT_CONTRAST: MetricInfo(
        MetricGroup.LOUDNESS,
        "dB",
        "accents above the others",
        needs_grid=True,
        needs_first_beat=True,
        depends_on_level=True,
    ),
    MetricKey.ACCENT_CLARITY: MetricInfo(
        MetricGroup.LOUDNESS,
        "ratio",
        "accents against the spread",
        needs_grid=True,
        needs_first_beat=True,
        depends_on_level=True,
    ),
    MetricKey.GATE_RATIO: MetricInfo(
        MetricGroup.ARTICULATION,
        "ratio",
        "sounding share of a note",
        is_compared=True,
        lower="shorter notes than before",
        higher="longer notes than before",
        depends_on_level=True,
    ),
    MetricKey.GATE_RATIO_SD: MetricInfo(
        MetricGroup.ARTICULATION,
        "ratio",
        "from note to note (SD)",
        is_compared=True,
        lower="more alike than before",
        higher="less alike than before",
        depends_on_level=True,
    ),
    MetricKey.LEGATO_DIP: MetricInfo(
        MetricGroup.ARTICULATION, "dB", "fall before the next note", depends_on_level=True
    ),
    MetricKey.DETACHED_SHARE: MetricInfo(
        MetricGroup.ARTICULATION, "%", "detached notes", depends_on_level=True, is_share=True
    ),
    MetricKey.ATTACK_SD: MetricInfo(
        MetricGroup.ARTICULATION,
        "s",
        "attack time (SD)",
        is_compared=True,
        lower="more alike than before",
        higher="less alike than before",
    ),
    MetricKey.MEDIAL_SD_IOI: MetricInfo(
        MetricGroup.RUNS, "s", "medial unevenness (SD)", grows_with_length=True
    ),
    MetricKey.IRREGULARITY: MetricInfo(
        MetricGroup.RUNS, "s", "same notes uneven each time", grows_with_length=True
    ),
    MetricKey.INSTABILITY: MetricInfo(
        MetricGroup.RUNS, "s", "wanders from run to run", grows_with_length=True
    ),
    MetricKey.ALTERNATE_OFFSET: MetricInfo(MetricGroup.RUNS, "s", "every second note late"),
    MetricKey.NPVI: MetricInfo(MetricGroup.SERIAL, "%"),
    MetricKey.LAG_ONE_IOI: MetricInfo(MetricGroup.SERIAL, "ratio"),
    MetricKey.CLOCK_SD: MetricInfo(MetricGroup.SERIAL, "s"),
    MetricKey.MOTOR_SD: MetricInfo(MetricGroup.SERIAL, "s"),
    MetricKey.TONE_WAVERING: MetricInfo(MetricGroup.LONG_TONES, "dB", "level, 3 to 12 a second"),
    MetricKey.TONE_WAVERING_RATE: MetricInfo(MetricGroup.LONG_TONES, "Hz", "times a second"),
    MetricKey.TONE_SWELL: MetricInfo(MetricGroup.LONG_TONES, "dB", "slow swell"),
    MetricKey.TONE_PITCH: MetricInfo(MetricGroup.LONG_TONES, "cents", "pitch (SD)"),
    MetricKey.POSITION_OFFSET: MetricInfo(MetricGroup.PLACES, "s"),
    MetricKey.POSITION_LATE: MetricInfo(MetricGroup.PLACES, "s"),
    MetricKey.PLACES_APART: MetricInfo(MetricGroup.PLACES, "s"),
    MetricKey.WHOLE_LATE: MetricInfo(MetricGroup.PLACES, "s"),
    MetricKey.DOUBLE_ONSETS: MetricInfo(MetricGroup.PLACES, "%"),
}
"""In the order of the reports. Of labels, "at" and "on" are nearer than "near": inside the window
in which nobody hears that a note is off."""

CORRECTED: Mapping[MetricKey, MetricKey] = {
    info.corrected_of: key for key, info in CATALOGUE.items() if info.corrected_of is not None
}
"""Measures whose corrected part is reported too, with its key."""
