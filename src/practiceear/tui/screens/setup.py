"""The setup: what is played, with which metronome, through which microphone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from string import digits
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message

from practiceear.errors import PracticeEarError
from practiceear.metronome.tap_tempo import TapTempo
from practiceear.settings import LiveOptions
from practiceear.tui.player import DeviceChoice, MicrophoneCheck
from practiceear.tui.screens.base import AppScreen
from practiceear.tui.setup_form import FieldError, SetupTexts, meter_words, read_texts, texts_of
from practiceear.tui.widgets.band import BandView, StateBand
from practiceear.tui.widgets.form_rows import ChoiceRow, FormRow, TextRow
from practiceear.tui.widgets.lines import (
    CheckLines,
    CheckView,
    HeadLine,
    HeadView,
    KeyLine,
    LevelBar,
    LevelView,
    Notice,
    NoticeView,
    check_view,
    picture_level,
)

KEYS = (
    ("space", "start"),
    ("↑↓←→", "choose"),
    ("o", "open"),
    ("j", "journal"),
    ("?", "help"),
    ("q", "quit"),
    ("t", "tap tempo"),
    ("r", "devices"),
)
OPEN_KEYS = (("enter", "close the field"), ("↑↓", "another field"), ("pedal", "start"))
RECOVER = "Press u to recover."
DEVICE_FIELDS = ("input_device", "output_device")
YES_OR_NO = (("no", "no"), ("yes", "yes"))
SUBDIVISIONS = ("1", "2", "3", "4", "5", "6", "8", "swing")
VOLUMES_DB = ("-36", "-30", "-24", "-18", "-12", "-6", "0")
NEEDS_METRONOME = (
    *("bpm", "beats", "subdivision", "slot_click", "gap", "tempo_change"),
    *("volume_db", "silent", "count_in", "breath", "rests_in_time"),
)


class SetupScreen(AppScreen):
    """A form; the main key starts a take with it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        # Not first of all: in a field that is open it is a character.
        Binding("space", "main", show=False),
        Binding("enter", "close_or_main", show=False),  # in its turn, after the digits before it
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("t", "tap", show=False),
        Binding("b", "show_unsaved", show=False),
        Binding("u", "recover", show=False),
        Binding("o", "open_take", show=False),
        Binding("j", "open_journal", show=False),
        Binding("r", "look_for_devices", show=False),
    ]

    POLLS_PER_S = 10.0

    class DevicesRequested(Message):
        """The devices are to be listed."""

    @dataclass
    class CheckRequested(Message):
        """The microphone of this setup is to be listened to."""

        setup: LiveOptions

    class UnsavedRequested(Message):
        """The last take that was not recorded is to be shown."""

    class RecoveryRequested(Message):
        """Takes that were cut off are to be completed."""

    @dataclass
    class TakeListRequested(Message):
        """A recorded take is to be chosen."""

        setup: LiveOptions

    @dataclass
    class JournalRequested(Message):
        """The journal is to be opened."""

        setup: LiveOptions

    def __init__(
        self,
        setup: LiveOptions,
        instruments: Sequence[str],
        *,
        clock_s: Callable[[], float],
        current_check: Callable[[], MicrophoneCheck | None],
    ) -> None:
        super().__init__()
        self._setup, self._instruments = setup, instruments
        self._clock_s, self._current_check = clock_s, current_check
        self._tap_tempo = TapTempo()
        self._offer = ""

    def compose(self) -> ComposeResult:
        """Head, what went wrong, form, start."""
        yield HeadLine(HeadView(("PracticeEar",)))
        yield Notice(NoticeView(), id="notice")
        with VerticalScroll(id="scroll", can_focus=False):
            yield from self._rows(texts_of(self._setup))
        yield LevelBar(LevelView(), id="level")
        yield CheckLines(CheckView(), id="check")
        yield StateBand(BandView(explanation="▶  space: start"), id="start")
        yield KeyLine(KEYS, id="keys")

    def _rows(self, texts: SetupTexts) -> Iterable[FormRow]:
        instruments = [(name, name) for name in _with(self._instruments, texts.instrument)]
        yield ChoiceRow("instrument", "instrument", instruments, texts.instrument)
        yield ChoiceRow("has_metronome", "metronome", YES_OR_NO, texts.has_metronome)
        yield from _metronome_rows(texts)
        hint = "yes: nothing is judged until the end"
        yield ChoiceRow("quiet", "eyes on the music", YES_OR_NO, texts.quiet, hint)
        yield ChoiceRow("record", "record the take", YES_OR_NO, texts.record)
        for field, label in zip(DEVICE_FIELDS, ("microphone", "loudspeaker"), strict=True):
            name = getattr(texts, field)
            yield ChoiceRow(field, label, _device_choices([], name), name)

    def on_mount(self) -> None:
        """Begin where most changes are made."""
        self._show_what_counts()
        self._show_check(None)
        self.query_one("#instrument").focus()

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def _show_keys(self) -> None:
        self.show("keys", OPEN_KEYS if isinstance(self.focused, TextRow) else KEYS)

    def on_key(self, event: events.Key) -> None:
        """A digit that is typed where nothing takes it begins a tempo."""
        row = self.query_one("#bpm", TextRow)
        if event.character is not None and event.character in digits and row.display:
            event.stop()
            if row.has_focus:  # digits came faster than the field was opened
                row.on_key(event)
            else:
                row.begin(event.character)

    def offer_devices(
        self, inputs: Sequence[DeviceChoice], outputs: Sequence[DeviceChoice]
    ) -> None:
        """Offer the devices that are there now; one that was chosen stays in the list."""
        for field, devices in zip(DEVICE_FIELDS, (inputs, outputs), strict=True):
            row = self.query_one(f"#{field}", ChoiceRow)
            row.offer(_device_choices(devices, row.value))
            row.show_error("")
        self._listen_in()

    def on_screen_resume(self) -> None:
        """Back from a take: listen to the microphone again."""
        self._listen_in()

    def poll(self) -> None:
        """Show what the microphone hears."""
        if self.is_current:
            self._show_check(self._current_check())

    def show_microphone_error(self, error: PracticeEarError) -> None:
        """Show why the microphone cannot be listened to."""
        # Without PortAudio's own words in brackets, which nobody can act upon.
        message = error.message.partition(" (")[0]
        self.show("check", CheckView(message, error.hint, is_warning=True))

    def show_no_microphone(self) -> None:
        """Show that none is needed."""
        words = "no microphone is used: the built-in demo take plays by itself"
        self.show("check", CheckView(words))

    def show_device_error(self, error: PracticeEarError) -> None:
        """Show why no device can be chosen."""
        self.query_one("#input_device", ChoiceRow).show_error(error.message)
        self.show("notice", NoticeView(banner=error.hint))

    def show_error(self, error: PracticeEarError) -> None:
        """Show why the take could not be started."""
        self.show("notice", NoticeView(warning=str(error)))

    def show_notice(self, words: str) -> None:
        """Show something that is not wrong."""
        self.show("notice", NoticeView(banner=words))

    def offer_recovery(self, words: str) -> None:
        """Show which take was cut off, until it is recovered."""
        self._offer = f"{words} {RECOVER}"
        self.show_notice(self._offer)

    def on_form_row_changed(self, message: FormRow.Changed) -> None:
        """What was wrong may be right now."""
        self.show_notice(self._offer)
        if message.row.field == "has_metronome":
            self._show_what_counts()
        if message.row.field in DEVICE_FIELDS:
            self._listen_in()

    def action_main(self) -> None:
        """Start, or say at the field what is wrong with it."""
        if self._take_in():
            self.post_message(self.TakeRequested(self._setup))

    def action_close_or_main(self) -> None:
        """Close the field that is open, if it makes sense; else start."""
        if not isinstance(self.focused, TextRow):
            self.action_main()
        elif self._take_in():
            self.set_focus(None)

    def action_show_unsaved(self) -> None:
        """Go back to the last take that was not recorded."""
        self.post_message(self.UnsavedRequested())

    def action_recover(self) -> None:
        """Complete the takes that were cut off from their recordings."""
        if self._offer:
            self._offer = ""
            self.post_message(self.RecoveryRequested())

    def action_open_take(self) -> None:
        """Choose a recorded take, to be heard as set up here."""
        if self._take_in():
            self.post_message(self.TakeListRequested(self._setup))

    def action_open_journal(self) -> None:
        """Turn through the takes of earlier days, beginning with the last."""
        if self._take_in():
            self.post_message(self.JournalRequested(self._setup))

    def _take_in(self) -> bool:
        """Make the form the setup; where it makes no sense, say so at the field."""
        try:
            self._setup = self.read_setup()
        except FieldError as wrong:
            row = self.query_one(f"#{wrong.field}", FormRow)
            row.show_error(wrong.error.message)
            self.show("notice", NoticeView(banner=wrong.error.hint))
            row.focus()
            return False
        self.show_notice(self._offer)
        return True

    def read_setup(self) -> LiveOptions:
        """Make a setup of what the form holds; FieldError where it makes no sense."""
        names = [field.name for field in fields(SetupTexts)]
        values = [self.query_one(f"#{name}", FormRow).value for name in names]
        return read_texts(SetupTexts(*values), self._setup)

    def action_tap(self) -> None:
        """Take in a tap of the tempo."""
        row = self.query_one("#bpm", TextRow)
        bpm = self._tap_tempo.tap(self._clock_s())
        if bpm is not None:
            row.fill(f"{bpm:.0f}")

    def action_look_for_devices(self) -> None:
        """Ask again which devices there are."""
        self.post_message(self.DevicesRequested())

    def _listen_in(self) -> None:
        """Listen to the microphone that is chosen, once the detector is ready."""
        if self.is_current:
            self.show("check", CheckView("opening the microphone ..."))
            input_, output = (
                self.query_one(f"#{field}", FormRow).value or None for field in DEVICE_FIELDS
            )
            stream = replace(self._setup.stream, microphone=input_, loudspeaker=output)
            self.post_message(self.CheckRequested(replace(self._setup, stream=stream)))

    def _show_check(self, check: MicrophoneCheck | None) -> None:
        self.query_one("#level").display = check is not None
        if check is not None:
            picture = check.picture()
            view = check_view(picture, check.calibration, is_bluetooth=check.is_bluetooth)
            self.show("level", picture_level(picture))
            self.show("check", view)

    def _show_what_counts(self) -> None:
        has_metronome = self.query_one("#has_metronome", ChoiceRow).value == "yes"
        for field in NEEDS_METRONOME:
            self.query_one(f"#{field}").display = has_metronome


def _metronome_rows(texts: SetupTexts) -> Iterable[FormRow]:
    yield TextRow("bpm", "tempo", texts.bpm, allowed=digits + ".,", hint="beats per minute")
    allowed, hint = digits + "+/", "such as 4, 3/4, 3+2+2"
    bar = "beats to the bar"
    yield TextRow("beats", bar, texts.beats, allowed=allowed, hint=hint, understood=meter_words)
    subdivisions = [(name, name) for name in SUBDIVISIONS]
    yield ChoiceRow("subdivision", "notes to the beat", subdivisions, texts.subdivision)
    yield ChoiceRow("slot_click", "click on every note", YES_OR_NO, texts.slot_click)
    hint = "2+2: two with click, two without; 30%"
    yield TextRow("gap", "silent bars", texts.gap, allowed=digits + "+%.", hint=hint)
    hint, allowed = "+4/2..120: 4 more every 2 bars; alt:120/4", digits + "+-/.:alt"
    change = texts.tempo_change
    yield TextRow("tempo_change", "tempo change", change, allowed=allowed, hint=hint)
    volumes_db = sorted(_with(VOLUMES_DB, texts.volume_db), key=float)
    volumes = [(volume_db, f"{volume_db} dB") for volume_db in volumes_db]
    yield ChoiceRow("volume_db", "click volume", volumes, texts.volume_db)
    yield ChoiceRow("silent", "silent metronome", YES_OR_NO, texts.silent, "yes: only shown, big")
    yield TextRow("count_in", "bars to count in", texts.count_in, allowed=digits)
    hint = "4+8: beats in and out"
    yield TextRow("breath", "breath cue", texts.breath, allowed=digits + "+", hint=hint)
    hint = "yes: it is heard only when you need it"
    yield ChoiceRow("rests_in_time", "click rests in time", YES_OR_NO, texts.rests_in_time, hint)


def _with(names: Iterable[str], name: str) -> list[str]:
    """All names, and ``name`` if it is not among them."""
    listed = list(names)
    return listed if name in listed else [name, *listed]


def _device_choices(devices: Sequence[DeviceChoice], chosen: str) -> list[tuple[str, str]]:
    """The system's own choice first; a chosen one that is gone is kept, to be refused by name."""
    default = next((f": {device.label}" for device in devices if device.is_default), "")
    choices = [("", f"the system's{default}")]
    choices += [(device.name, device.label) for device in devices]
    if chosen and chosen not in [name for name, _ in choices]:
        choices.append((chosen, chosen))
    return choices
