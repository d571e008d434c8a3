"""``practiceear onsets``: one confirmed onset a line."""

from __future__ import annotations

from practiceear.cli.error_output import warn_if_cut_short
from practiceear.cli.options import Channel, Instrument, JsonTarget, Take
from practiceear.errors import ExitCode


def onsets(
    take: Take,
    instrument: Instrument = None,
    channel: Channel = None,
    json_target: JsonTarget = None,
) -> int:
    """Print the time of each note's onset in seconds, one a line.

    With --json also when a live listener would have known of it, its level and how
    clearly it was heard.
    """
    from practiceear.analysis.listen import onsets_of
    from practiceear.audio.takefile import TakeFile
    from practiceear.cli.startup_progress import prepare_pipeline, watched
    from practiceear.instruments.registry import load_profile
    from practiceear.reports.write import STANDARD_OUTPUT, refuse_target, write_report

    profile = load_profile(instrument)
    if json_target is not None:
        refuse_target(json_target, [take])
    file = TakeFile(take, channel=channel)
    prepare_pipeline()
    with watched(file) as source:
        found = onsets_of(source, profile)
    if json_target is not None:
        from practiceear.reports.json import onsets_json

        write_report(json_target, onsets_json(str(take), file.file_rate_hz, found))
    else:
        write_report(STANDARD_OUTPUT, "".join(f"{onset_s:.6f}\n" for onset_s in found["onset_s"]))
    return ExitCode.PARTIAL if warn_if_cut_short(str(take), file.health) else ExitCode.OK
