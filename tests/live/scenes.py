"""Scenes on a sound server, each in a program of its own: ``python scenes.py NAME ...``.

PortAudio does not survive the change or death of a JACK server within one program, so every
scene finds its server running, prints what it found as JSON, and is gone before the server is.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import soundfile
import soxr

from practiceear.analysis.pipeline import NotePipeline
from practiceear.analysis.review import review_take
from practiceear.audio.blocks import AudioBlock, StreamOptions
from practiceear.audio.microphone import Microphone
from practiceear.audio.take_writer import TakeWriter
from practiceear.audio.takefile import TakeFile
from practiceear.instruments.registry import load_instrument
from practiceear.live.opening import open_count_in, start_checked
from practiceear.live.pipeline import LivePlan
from practiceear.live.round_trip import calibration_sounds, measure_round_trip
from practiceear.live.session import LiveSession
from practiceear.live.sound_check import open_sound_check
from practiceear.metronome.click import click_sounds
from practiceear.metronome.program import MetronomeProgram
from practiceear.settings import Exercise, LiveOptions
from tests.support.jack import RATE_HZ, JackServer, wait_until

FIXTURES = Path(__file__).resolve().parents[2] / "recordings" / "fixtures"
PATIENT = StreamOptions(is_patient=True, rate_hz=RATE_HZ)
Facts = dict[str, object]


def sounds() -> dict[int, tuple[np.ndarray, ...]]:
    """The clicks at the server's rate."""
    return {RATE_HZ: click_sounds(RATE_HZ)}


def clicks(callback: str) -> Facts:
    """Two minutes of clicks out and in again, in freewheel."""
    server = JackServer()
    wish = StreamOptions(is_patient=True, rate_hz=RATE_HZ, callback=callback)  # type: ignore[arg-type]
    stream = Microphone.open(wish, sounds())
    exchange = stream.exchange
    stream.start()
    server.loop_back()
    server.set_freewheel(True)
    blocks: list[AudioBlock] = []

    def hear_until(sample: int) -> None:
        # Without a pause: JACK throws out a client that lets it wait for half a second.
        while not blocks or blocks[-1].first_sample <= sample:
            blocks.extend(exchange.read())

    hear_until(exchange.counts.clock_sample + 10 * RATE_HZ)
    del blocks[:-1]  # what came in real time may have gaps
    starts = exchange.counts.clock_sample + 30 * RATE_HZ + 24_001 * np.arange(240)
    exchange.schedule(starts, np.zeros(240, np.int64), np.full(240, 0.5))
    hear_until(int(starts[-1]) + RATE_HZ)
    edges = [(b.first_sample, b.first_sample + len(b.samples)) for b in blocks]
    tape = np.concatenate([b.samples for b in blocks])
    sound = 0.5 * click_sounds(RATE_HZ)[0]
    first = edges[0][0]
    lag = int(np.flatnonzero(tape[starts[0] - first :])[0]) - int(np.flatnonzero(sound)[0])
    errors = [
        float(np.max(np.abs(tape[at : at + len(sound)] - sound))) for at in starts - first + lag
    ]
    return {
        "callback": stream.callback_kind,
        "dropped": exchange.counts.n_dropped_samples,
        "gaps": sum(a[1] != b[0] for a, b in itertools.pairwise(edges)),
        "worst click": max(errors),
        "lag": lag,
    }


def count_in(bpm: str) -> Facts:
    """The count-in of a silent rehearsal, heard by the microphone that nobody else listens to."""
    program = MetronomeProgram(float(bpm))
    sound = open_count_in(program, StreamOptions(rate_hz=RATE_HZ))
    if sound is None:
        return {"onset_s": [], "lead_s": None}
    server, exchange = JackServer(), sound._stream.exchange
    lead_s = sound.start()
    server.loop_back()
    blocks: list[AudioBlock] = []
    until_sample = round((1.0 + 12 * 60.0 / float(bpm)) * RATE_HZ)
    while exchange.counts.clock_sample < until_sample:
        blocks += exchange.read()
        time.sleep(0.01)
    sound.close()
    loud = np.concatenate(
        [one.first_sample + np.flatnonzero(np.abs(one.samples) > 0.01) for one in blocks]
    )
    is_first = np.diff(loud, prepend=-RATE_HZ) > 0.1 * RATE_HZ
    return {"onset_s": (loud[is_first] / RATE_HZ).tolist(), "lead_s": lead_s}


def player(folder: str) -> Facts:
    """A musician plays a fixture; the notes live, of the recorded take, and of the file."""
    samples, rate_hz = soundfile.read(FIXTURES / "violin_detached" / "take.flac", dtype="float32")
    played = soxr.resample(samples, rate_hz, RATE_HZ).astype(np.float32)
    take = Path(folder) / "take.wav"
    soundfile.write(take, played, RATE_HZ, subtype="FLOAT")
    server = JackServer()
    wish = StreamOptions(is_patient=True, rate_hz=RATE_HZ, is_output_wanted=False)
    stream = Microphone.open(wish, sounds())
    writer = TakeWriter(Path(folder) / "live.flac", RATE_HZ)
    profile = load_instrument("violin")
    session = LiveSession(stream, LivePlan(profile, writer=writer))
    session.start()
    server.play(take)
    time.sleep(0.5)
    server.set_freewheel(True)
    session.join(60)
    recorded = TakeFile(writer.path)
    reviewed = review_take(recorded, recorded, profile, Exercise()).snapshot.notes
    ear = NotePipeline(RATE_HZ, profile, is_pitch_wanted=False)
    truth = ear.run([AudioBlock(played, 0)]).notes
    return {
        "phase": session.snapshot().phase.name,
        "gaps": len(session.note_pipeline.gaps),
        "live": session.notes()["onset_sample"].tolist(),
        "recorded": reviewed["onset_sample"].tolist(),
        "file": truth["onset_sample"].tolist(),
    }


def calibration(is_connected: str) -> Facts:
    """The round trip as the player is told it."""
    server = JackServer()
    stream = Microphone.open(PATIENT, {RATE_HZ: calibration_sounds(RATE_HZ)})
    start = stream.start

    def start_free() -> None:
        start()
        if is_connected == "yes":
            server.loop_back()
        server.set_freewheel(True)

    stream.start = start_free  # type: ignore[method-assign]
    found = measure_round_trip(stream)
    return {
        "lag_s": found.calibration.lag_s if found.calibration.is_usable else None,
        "message": found.calibration.message,
        "bias_s": found.test.bias_s if found.test else None,
        "spread_s": found.test.spread_s if found.test else None,
    }


def dying(folder: str) -> Facts:
    """The server is killed in the middle of a take."""
    stream = Microphone.open(StreamOptions(rate_hz=RATE_HZ), sounds())
    writer = TakeWriter(Path(folder) / "live.flac", RATE_HZ)
    plan = LivePlan(
        load_instrument("violin"), LiveOptions(program=MetronomeProgram(120)), writer=writer
    )
    session = LiveSession(stream, plan)
    session.start()
    wait_until(lambda: session.snapshot().elapsed_s > 1.0)
    sys.stdout.write("running\n")
    sys.stdout.flush()
    has_ended = session.join(15)
    began_s = time.monotonic()
    session.close()
    kept = TakeFile(writer.path)
    return {
        "ended": has_ended,
        "closed in s": time.monotonic() - began_s,
        "phase": session.snapshot().phase.name,
        "warning": session.snapshot().warning,
        "kept_s": kept.duration_s,
    }


def listener(folder: str) -> Facts:
    """A musician is heard in real time, through whatever the system offers first."""
    setup = open_sound_check(StreamOptions())
    wait_until(lambda: setup.picture().level_dbfs < 0, 10)
    setup.close()
    stream = Microphone.open(StreamOptions(is_output_wanted=False), sounds())
    rate_hz = stream.exchange.rate_hz
    writer = TakeWriter(Path(folder) / "live.flac", rate_hz)
    profile = load_instrument("guitar")
    session = LiveSession(
        stream, LivePlan(profile, LiveOptions(ends_by_itself=False), writer=writer)
    )
    start_checked(session)
    sys.stdout.write("running\n")
    sys.stdout.flush()
    has_ended = session.join(60)
    began_s = time.monotonic()
    session.close()
    notes = session.notes()
    return {
        "microphone": stream.input_name,
        "ended": has_ended,
        "closed in s": time.monotonic() - began_s,
        "phase": session.snapshot().phase.name,
        "warning": session.snapshot().warning,
        "onset_s": (notes["onset_sample"] / rate_hz).tolist(),
        "kept_s": TakeFile(writer.path).duration_s,
    }


SCENES: dict[str, Callable[..., Facts]] = {
    "clicks": clicks,
    "count_in": count_in,
    "player": player,
    "calibration": calibration,
    "dying": dying,
    "listener": listener,
}


if __name__ == "__main__":
    code = 1
    try:
        sys.stdout.write(json.dumps(SCENES[sys.argv[1]](*sys.argv[2:])) + "\n")
        code = 0
    except Exception:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # PortAudio may not let go of a server in freewheel
