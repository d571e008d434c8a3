"""Many takes in one go: folders, several processes, or a Dask cluster."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from practiceear.audio.container import READABLE, may_be_take
from practiceear.cli.option_groups import option
from practiceear.cli.terminal import complain, discard_standard_output, print_cut_short, print_error
from practiceear.errors import ExitCode, OutputError, PartialError, PracticeEarError, UsageError
from practiceear.plain_text import printable

if TYPE_CHECKING:
    from practiceear.batch.many_takes import TakeDone, TakeJob
    from practiceear.reports.write import OutputOptions
    from practiceear.settings import AnalysisOptions, Exercise

INDEX = "index.html"

Jobs = Annotated[int, option("--jobs", "N", "Takes of a folder at once.", min=1, max=256)]
DaskAddress = Annotated[
    str | None, option("--dask", "ADDRESS", "Use a Dask cluster, such as tcp://host:8786.")
]


def is_many(takes: Sequence[Path], html_target: str | None, n_jobs: int, dask: str | None) -> bool:
    """Whether more than single reports is wanted."""
    is_folder = html_target is not None and (
        html_target.endswith("/") or Path(html_target).is_dir()
    )
    return is_folder or n_jobs > 1 or dask is not None or any(take.is_dir() for take in takes)


def review_many(
    takes: Sequence[Path],
    exercise: Exercise,
    analysis: AnalysisOptions,
    output: OutputOptions,
    n_jobs: int,
    dask: str | None,
) -> int:
    """Review all takes and those of all folders; a bad one does not stop the rest.

    Exit code 0: all were reviewed; 6: some, or it was stopped in the middle; 130: by Ctrl-C.
    """
    from practiceear.batch.many_takes import TakeJob
    from practiceear.reports.write import OutputOptions, refuse_target

    paths = takes_among(takes)
    folder = _made_folder(output.html_target)
    if output.csv_target is not None:  # after the folder is made: the table may lie in it
        refuse_target(output.csv_target, paths)
    jobs, names = [], PageNames()
    for path in paths:
        page = None if folder is None else str((folder / names.name_for(path)).absolute())
        of_take = OutputOptions(html_target=page, has_audio=output.has_audio)
        jobs.append(TakeJob(str(path.absolute()), str(path), exercise, analysis, of_take))
    results, stopped = _review(jobs, folder, n_jobs, dask)
    if output.csv_target is None:
        _print_findings(results)
    _write(results, folder, output.csv_target)
    return _close(results, len(jobs), stopped, folder)


def _review(
    jobs: Sequence[TakeJob], folder: Path | None, n_jobs: int, dask: str | None
) -> tuple[list[TakeDone], PracticeEarError | KeyboardInterrupt | None]:
    """Do the jobs whose results are not kept in ``folder``; also what stopped it in the middle."""
    from practiceear.batch.many_takes import recall, remember
    from practiceear.cli.terminal import progress_bar

    results: dict[str, TakeDone] = {}
    if folder is not None:
        results = {job.path: done for job in jobs if (done := recall(folder, job)) is not None}
    left = [job for job in jobs if job.path not in results]
    stopped: PracticeEarError | KeyboardInterrupt | None = None
    with progress_bar("reviewing", len(jobs), len(results)) as move_to:
        try:
            for done in _done(left, n_jobs, dask):
                results[done.path] = done
                move_to(len(results))
                if folder is not None and done.is_reviewed:
                    remember(folder, done)
        except (PracticeEarError, KeyboardInterrupt) as error:
            stopped = error
    return [results[job.path] for job in jobs if job.path in results], stopped


def _print_findings(results: Sequence[TakeDone]) -> None:
    """One line a take; the reports are still written if nobody reads on."""
    try:
        for done in results:
            if done.is_reviewed:
                print(f"{printable(Path(done.path).name)}: {done.finding}", flush=True)
    except BrokenPipeError:
        discard_standard_output()


def takes_among(named: Sequence[Path]) -> list[Path]:
    """The named takes and all takes in the named folders, each file once.

    UsageError where a folder holds no take.
    """
    found: dict[Path, Path] = {}
    for path in named:
        members = _takes_in(path) if path.is_dir() else [path]
        if not members:
            raise UsageError(
                f"the folder {path} holds no take", f"Takes are files of these kinds: {READABLE}"
            )
        for member in members:
            found.setdefault(_file_itself(member), member)
    return list(found.values())


def _file_itself(path: Path) -> Path:
    """One name for a file, whichever way it was named."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # links in a circle: reviewing it will say what is wrong
        return path.absolute()


def _takes_in(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if may_be_take(path)
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _made_folder(html_target: str | None) -> Path | None:
    if html_target is None:
        return None
    folder = Path(html_target)
    if folder.suffix.lower() in (".html", ".htm") or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"{folder} names a file, and many takes need a folder", "Name a folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the folder {folder} cannot be made: {error.strerror}", "Choose another"
        ) from error
    return folder


class PageNames:
    """Names of pages that no file system and no browser stumbles over, each given once."""

    def __init__(self) -> None:
        self._used = {INDEX}  # in small letters: some file systems know no others
        self._n_alike: dict[str, int] = {}

    def name_for(self, path: Path) -> str:
        """Return the name of the page of a take, a number behind it where others are called so."""
        stem = re.sub(r"[^\w-]", "-", path.stem)[:80] or "take"
        number = self._n_alike.get(stem.lower(), 0)
        while True:
            number += 1
            name = f"{stem}.html" if number == 1 else f"{stem}-{number}.html"
            if name.lower() not in self._used:
                break
        self._n_alike[stem.lower()] = number
        self._used.add(name.lower())
        return name


def _done(jobs: Sequence[TakeJob], n_jobs: int, dask: str | None) -> Iterator[TakeDone]:
    from practiceear.batch.take_pool import done_here

    if not jobs:
        return iter(())
    return done_here(jobs, n_jobs) if dask is None else _checked_by_jobs(jobs, dask)


def _checked_by_jobs(jobs: Sequence[TakeJob], address: str) -> Iterator[TakeDone]:
    """Results of a cluster; PartialError where a worker's version or file differs from ours."""
    from practiceear.batch.many_takes import key_of
    from practiceear.batch.take_pool import done_by_dask

    job_of = {job.path: job for job in jobs}
    with _logs_silenced():
        for done in done_by_dask(jobs, address):
            if done.is_reviewed and done.key != key_of(job_of[done.path]):
                raise PartialError(
                    f"a worker of {address} runs another version of practiceear, or has another"
                    f" file at {done.path}",
                    "Install one version everywhere and share the folder: what is done is kept",
                )
            yield _with_reason_if_unseen(done, address)


def _with_reason_if_unseen(done: TakeDone, address: str) -> TakeDone:
    """Add the reason where a take that lies here could not be read by the worker."""
    if done.is_reviewed or done.key or not Path(done.path).is_file():
        return done
    return replace(
        done,
        error=f"a worker of {address} cannot read {done.path}, which is here."
        " Put the takes where all workers see them at the same path.",
    )


@contextmanager
def _logs_silenced() -> Iterator[None]:
    """Replace Dask's traceback for a lost connection by one line."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def _write(results: Sequence[TakeDone], folder: Path | None, csv_target: str | None) -> None:
    from practiceear.batch.index_page import index_page
    from practiceear.reports.json import NOTE_COLUMNS
    from practiceear.reports.write import write_report

    if csv_target is not None:
        header = ",".join(("take", *NOTE_COLUMNS)) + "\n"
        write_report(csv_target, header + "".join(done.table for done in results))
    if folder is not None:
        write_report(str(folder / INDEX), index_page(results))


def _close(
    results: Sequence[TakeDone],
    n_all: int,
    stopped: PracticeEarError | KeyboardInterrupt | None,
    folder: Path | None,
) -> int:
    failed = [done for done in results if not done.is_reviewed]
    for done in failed:
        print_error(done.error)
    cut_short = [done for done in results if done.is_cut_short]
    for done in cut_short:
        print_cut_short(Path(done.path).name, done.share_read)
    where = f"; see {folder / INDEX}" if folder is not None else ""
    print(f"{len(results) - len(failed)} of {n_all} takes reviewed{where}", file=sys.stderr)
    if isinstance(stopped, KeyboardInterrupt):
        print_error("interrupted; what is done is kept.")
        return ExitCode.INTERRUPTED
    if stopped is not None:
        return complain(stopped)
    if len(failed) == n_all:
        return failed[0].exit_code
    return ExitCode.PARTIAL if failed or cut_short else ExitCode.OK
