"""The live path with PortAudio's real callback, on a server without a card."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from practiceear.audio.block import AudioBlock
from practiceear.audio.microphone import Microphone, StreamWish
from practiceear.audio.take_writer import TakeWriter
from practiceear.audio.takefile import TakeFile
from practiceear.instruments.registry import load_instrument
from practiceear.metronome.click import calibration_sound
from practiceear.metronome.program import MetronomeProgram
from practiceear.session.click_feed import ClickFeed
from practiceear.session.ear import Ear, listen
from practiceear.session.live import LivePlan, LiveSession
from practiceear.session.live_snapshot import LivePhase
from practiceear.session.review import review_take
from practiceear.session.round_trip import measure_round_trip
from practiceear.session.snapshot import Exercise
from tests.support.jack import RATE_HZ, JackServer, wait_until

FIXTURES = Path("recordings/fixtures")
PATIENT = StreamWish(is_patient=True, rate_hz=RATE_HZ)


def _round_trip_samples(jack: JackServer) -> int:
    """How late a single sample of full scale comes back, counted by hand."""
    impulse = np.ones(1, np.float32)
    stream = Microphone.open(PATIENT, {RATE_HZ: (impulse,)})
    stream.start()
    jack.loop_back()
    sent = stream.exchange.counts.clock_sample + RATE_HZ // 2
    stream.exchange.schedule(np.array([sent]), np.zeros(1, np.int64), np.ones(1))
    blocks: list[AudioBlock] = []

    def has_come() -> bool:
        blocks.extend(stream.exchange.read())
        return bool(blocks) and blocks[-1].first_sample > sent + RATE_HZ

    wait_until(has_come)
    stream.close()
    heard = [b.first_sample + int(np.argmax(b.samples)) for b in blocks if b.samples.max() > 0.5]
    assert len(heard) == 1
    return heard[0] - sent


def _sounds() -> dict[int, tuple[np.ndarray, ...]]:
    return {RATE_HZ: ClickFeed.sounds(RATE_HZ)}


@pytest.mark.parametrize("jack", [64, 256, 1024], indirect=True)
@pytest.mark.parametrize("callback", ["native", "python"])
def test_two_minutes_of_clicks_each_at_its_sample(jack: JackServer, callback: str) -> None:
    stream = Microphone.open(
        StreamWish(is_patient=True, rate_hz=RATE_HZ, callback=callback), _sounds()
    )
    assert stream.callback_kind == callback
    exchange = stream.exchange
    stream.start()
    jack.loop_back()
    first = exchange.counts.clock_sample + RATE_HZ
    starts = first + 24_001 * np.arange(240)
    exchange.schedule(starts, np.zeros(240, np.int64), np.full(240, 0.5))
    blocks: list[AudioBlock] = exchange.read()
    jack.set_freewheel(True)

    def is_done() -> bool:
        blocks.extend(exchange.read())
        return blocks[-1].first_sample > starts[-1] + RATE_HZ

    wait_until(is_done)
    jack.set_freewheel(False)
    stream.close()
    assert exchange.counts.n_dropped_samples == 0
    edges = [(b.first_sample, b.first_sample + len(b.samples)) for b in blocks]
    assert all(a[1] == b[0] for a, b in itertools.pairwise(edges))
    tape = np.concatenate([b.samples for b in blocks])
    sound = 0.5 * ClickFeed.sounds(RATE_HZ)[0]
    lag = int(np.flatnonzero(tape[starts[0] - edges[0][0] :])[0]) - int(np.flatnonzero(sound)[0])
    for start in starts:
        at = int(start) - edges[0][0] + lag
        np.testing.assert_allclose(tape[at : at + len(sound)], sound, atol=1e-6)


def test_notes_of_a_virtual_player_are_those_of_the_file(jack: JackServer, tmp_path: Path) -> None:
    samples, rate_hz = soundfile.read(FIXTURES / "violin_detached" / "take.flac", dtype="float32")
    played = soxr.resample(samples, rate_hz, RATE_HZ).astype(np.float32)
    take = tmp_path / "take.wav"
    soundfile.write(take, played, RATE_HZ, subtype="FLOAT")
    stream = Microphone.open(
        StreamWish(is_patient=True, rate_hz=RATE_HZ, is_output_wanted=False), _sounds()
    )
    writer = TakeWriter(tmp_path / "live.flac", RATE_HZ)
    profile = load_instrument("violin")
    session = LiveSession(stream, LivePlan(profile, writer=writer))
    session.start()
    player = jack.play(take)
    time.sleep(0.5)
    jack.set_freewheel(True)
    assert session.join(60)
    jack.set_freewheel(False)
    player.kill()
    player.wait()
    session.close()
    assert session.snapshot().phase is LivePhase.FINISHED
    assert session.ear.gaps == ()
    live = session.notes()["onset_sample"]
    recorded = TakeFile(writer.path)
    reviewed = review_take(recorded, recorded, profile, Exercise()).snapshot.notes["onset_sample"]
    assert len(live) == len(reviewed)
    assert np.max(np.abs(live - reviewed)) <= 1
    # And those of the file that was played, wherever in the stream it began: the detector's
    # hops then fall elsewhere on it, which may move a bowed onset by a fraction of one.
    ear = Ear(RATE_HZ, profile, is_pitch_wanted=False)
    truth = listen(ear, [AudioBlock(played, 0)]).notes["onset_sample"]
    assert len(live) == len(truth)
    assert np.median(np.abs(live - truth - np.median(live - truth))) <= 0.001 * RATE_HZ


def test_calibration_finds_the_server_s_round_trip(jack: JackServer) -> None:
    stream = Microphone.open(PATIENT, {RATE_HZ: (calibration_sound(RATE_HZ),)})
    exact_s = _round_trip_samples(jack) / RATE_HZ
    start = stream.start

    def start_looped() -> None:
        start()
        jack.loop_back()
        jack.set_freewheel(True)

    stream.start = start_looped  # type: ignore[method-assign]
    found = measure_round_trip(stream)
    jack.set_freewheel(False)
    assert found.calibration.is_usable
    assert found.calibration.lag_s == pytest.approx(exact_s, abs=0.0001)
    assert found.test is not None
    assert found.test.spread_s < 0.001
    assert abs(found.test.bias_s) < 0.001


def test_nothing_connected_is_refused_not_wrong(jack: JackServer) -> None:
    stream = Microphone.open(PATIENT, {RATE_HZ: (calibration_sound(RATE_HZ),)})
    start = stream.start

    def start_unheard() -> None:
        start()
        jack.set_freewheel(True)

    stream.start = start_unheard  # type: ignore[method-assign]
    found = measure_round_trip(stream)
    assert not found.calibration.is_usable
    assert found.test is None


def test_a_server_that_dies_ends_the_take_and_keeps_it(jack: JackServer) -> None:
    stream = Microphone.open(StreamWish(rate_hz=RATE_HZ), _sounds())
    session = LiveSession(stream, LivePlan(load_instrument("violin"), MetronomeProgram(120)))
    session.start()
    wait_until(lambda: session.snapshot().elapsed_s > 1.0)
    jack.kill()
    assert session.join(10)
    began_s = time.monotonic()
    session.close()
    assert time.monotonic() - began_s < 5
    picture = session.snapshot()
    assert picture.phase is LivePhase.FAILED
    assert "unplugged" in picture.warning
