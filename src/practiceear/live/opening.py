"""Opens live sessions: real ones on a microphone, and the demo without one."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from datetime import datetime

import numpy as np

from practiceear.analysis.pipeline import compile_kernels as compile_pipeline
from practiceear.audio.blocks import WORKING_RATES_HZ, StreamOptions
from practiceear.audio.microphone import Microphone
from practiceear.audio.shared_buffer import RING_S, SharedAudioBuffer
from practiceear.audio.take_writer import TakeWriter
from practiceear.audio.takefile import TakeFile
from practiceear.audio.virtual_player import VirtualPlayer
from practiceear.click_removal.click_filter import compile_kernels as compile_click_filter
from practiceear.errors import DeviceError
from practiceear.files import data_folder, takes_folder
from practiceear.fixtures.fixture import demo_take
from practiceear.instruments.registry import load_instrument, load_profile
from practiceear.live.calibration_store import CalibrationStore
from practiceear.live.click_feed import CountInSound
from practiceear.live.pipeline import LivePlan
from practiceear.live.session import LiveSession
from practiceear.metronome.click import click_sounds
from practiceear.metronome.program import MetronomeProgram
from practiceear.settings import DEMO_NAME, DEMO_PROGRAM, LiveOptions

_DEMO_S = 0.3


def open_live(options: LiveOptions) -> LiveSession:
    """Open the devices for a take; nothing sounds yet.

    Raises ``MissingError`` without PortAudio, ``DeviceError`` without a usable device and
    ``OutputError`` where the take cannot be written.
    """
    stream = _open_stream(options.stream)
    try:
        rate_hz = stream.exchange.rate_hz
        stored = CalibrationStore(data_folder()).get(stream.input_name, stream.output_name, rate_hz)
        writer = _take_writer(options.instrument, rate_hz) if options.is_recording else None
        plan = LivePlan(
            profile=load_profile(options.instrument),
            options=options,
            lag_s=stored.lag_s if stored else None,
            writer=writer,
        )
        return LiveSession(stream, plan)
    except BaseException:
        stream.close()
        raise


def open_count_in(program: MetronomeProgram, devices: StreamOptions) -> CountInSound | None:
    """Open the devices for a count-in alone; None where there is no loudspeaker.

    Raises ``MissingError`` without PortAudio and ``DeviceError`` without a usable device.
    """
    stream = _open_stream(devices)
    if not stream.output_name:
        stream.close()
        return None
    return CountInSound(stream, program)


def _open_stream(devices: StreamOptions) -> Microphone:
    sounds = {rate_hz: click_sounds(rate_hz) for rate_hz in WORKING_RATES_HZ}
    return Microphone.open(devices, sounds)


def _take_writer(instrument: str | None, rate_hz: int) -> TakeWriter:
    """A file for a new take, named after the day, the time and the instrument."""
    moment = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    name = f"{moment}_{instrument or 'take'}.flac"
    return TakeWriter(takes_folder() / name, rate_hz)


def open_demo(
    *, is_real_time: bool = True, is_quiet_when_in_time: bool = False, ring_s: float = RING_S
) -> LiveSession:
    """Open a session in which the built-in demo take is played, on the very same path."""
    with demo_take() as fixture:
        take = TakeFile(fixture.take_path)
        samples = np.concatenate([block.samples for block in take.blocks(65536)])
        exercise = fixture.exercise
        profile = load_instrument(fixture.instrument or "violin")
    exchange = SharedAudioBuffer(
        take.rate_hz, click_sounds(take.rate_hz), is_patient=not is_real_time, ring_s=ring_s
    )
    options = LiveOptions(program=DEMO_PROGRAM, is_quiet_when_in_time=is_quiet_when_in_time)
    plan = LivePlan(profile, options, lag_s=0.0)
    player = VirtualPlayer(exchange, samples, name=DEMO_NAME, is_real_time=is_real_time)
    session = LiveSession(player, plan)
    if session.feed is not None:  # the player comes in on the beat
        first_beat_s = session.feed.start_s - (exercise.first_beat_s or 0.0)
        player.wait(round(first_beat_s * take.rate_hz))
    return session


def start_checked(session: LiveSession) -> None:
    """Start a session; DeviceError where no sound comes, and the devices are released."""
    try:
        session.start()
        _wait_for_sound(session)
    except BaseException:
        session.close()
        raise


def _wait_for_sound(session: LiveSession, within_s: float = 3.0) -> None:
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        if session.stream.exchange.counts.n_calls:
            return
        time.sleep(0.01)
    raise DeviceError(
        f"{session.stream.input_name} opened, but no sound comes from it",
        "Choose another microphone, or check that the sound server runs",
    )


def prepare_live(progress: Callable[[str], None] = lambda _text: None) -> None:
    """Compile or load everything that would otherwise delay the first note.

    Then all that is loaded is exempted from garbage collection, whose pauses of a tenth of a
    second and more are what a live analysis suffers from most.
    """
    progress("the ear")
    compile_pipeline()
    progress("the metronome")
    compile_click_filter()
    # What is in the ring at the end is heard to its end: a short one is a short wait.
    session = open_demo(is_real_time=False, ring_s=_DEMO_S)
    session.start()
    while session.snapshot().elapsed_s < _DEMO_S and not session.is_finished:
        time.sleep(0.005)
    session.close()
    from practiceear.audio.stream_kernels import compile_callback, is_native_possible

    progress("the sound card's callback")
    if is_native_possible():
        compile_callback()
    gc.collect()
    gc.freeze()
