"""Many takes at once: in this process, in several, or on a Dask cluster that is there already."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TYPE_CHECKING

from practiceear.batch.many_takes import TakeDone, TakeJob, do_job
from practiceear.errors import MissingError, PartialError

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as DaskFuture

ANSWER_S = 10.0
LOOK_S = 1.0
MOST_WAITING = 4
"""Jobs a process that wait in line: more would only hold memory."""

MOST_WATCHED = 256
"""Takes of a cluster that are watched at a time: watching all of them costs quadratic time."""

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


def done_here(jobs: Sequence[TakeJob], n_processes: int) -> Iterator[TakeDone]:
    """Do all jobs in ``n_processes``; results come as they are done.

    PartialError where a process dies: earlier results are done.
    """
    if n_processes == 1:
        yield from map(do_job, jobs)
        return
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))  # read by the processes as they start
    try:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(n_processes, context, initializer=_prepare_worker) as pool:
            yield from _as_done(pool, jobs, MOST_WAITING * n_processes)
    except BrokenProcessPool as error:
        raise PartialError(
            "a process that listened was killed, perhaps for want of memory",
            "Run it again with fewer --jobs: what is done is kept",
        ) from error
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _prepare_worker() -> None:
    from practiceear.analysis.pipeline import compile_kernels

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once and in silence
    threading.Thread(target=_end_with_parent, daemon=True).start()
    compile_kernels()


def _end_with_parent() -> None:
    """A pool whose parent was killed would wait for work for ever, and hold its memory."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _as_done(
    pool: ProcessPoolExecutor, jobs: Sequence[TakeJob], most_waiting: int
) -> Iterator[TakeDone]:
    waiting: set[Future[TakeDone]] = set()
    left = iter(jobs)
    try:
        while True:
            for job in left:
                waiting.add(pool.submit(do_job, job))
                if len(waiting) >= most_waiting:
                    break
            if not waiting:
                return
            finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
    except KeyboardInterrupt:
        for future in waiting:
            if future.done() and not future.cancelled() and future.exception() is None:
                yield future.result()
        raise
    finally:
        for future in waiting:
            future.cancel()


def done_by_dask(jobs: Sequence[TakeJob], address: str) -> Iterator[TakeDone]:
    """Do all jobs on the workers of a Dask scheduler, which must see the takes at their paths.

    Takes of a worker that dies are given to others. MissingError without the package or an answer
    at the address; PartialError where the scheduler goes away in the middle.
    """
    client = _client(address)
    try:
        futures = client.map(do_job, jobs, pure=False, retries=2)
        yield from _gathered(client, futures, address)
    finally:
        client.close(timeout=LOOK_S)


def _client(address: str) -> Client:
    try:
        import distributed
    except ImportError as error:
        raise MissingError(
            "--dask needs the package distributed", "Install: pip install 'practiceear[dask]'"
        ) from error
    try:
        client = distributed.Client(address, timeout=ANSWER_S, set_as_default=False)
        n_workers = len(client.scheduler_info()["workers"])
    except (OSError, TimeoutError, ValueError, RuntimeError, ImportError) as error:
        raise MissingError(
            f"no Dask scheduler answers at {address} ({type(error).__name__})",
            "Check the address, such as tcp://host:8786, and that it runs",
        ) from error
    if n_workers == 0:
        client.close(timeout=LOOK_S)
        raise MissingError(f"the Dask scheduler at {address} has no workers", "Start some")
    return client


def _gathered(
    client: Client, futures: Sequence[DaskFuture[TakeDone]], address: str
) -> Iterator[TakeDone]:
    from distributed import wait as wait_for

    waiting = dict.fromkeys(futures)  # in order: the first are done first
    while waiting:
        front = list(islice(waiting, MOST_WATCHED))
        try:
            with client.as_current():
                finished = wait_for(front, timeout=LOOK_S, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            finished = set()
        except Exception as error:  # a scheduler that is gone raises what it likes
            raise _gone(address) from error
        if not finished and client.status != "running":
            raise _gone(address)
        for future in finished:
            del waiting[future]
            yield _result(future, address)


def _result(future: DaskFuture[TakeDone], address: str) -> TakeDone:
    try:
        done: TakeDone = future.result(timeout=ANSWER_S)
    except Exception as error:
        raise PartialError(
            f"a worker of {address} failed ({type(error).__name__}: {error})",
            "All workers need this version of practiceear: what is done is kept",
        ) from error
    return done


def _gone(address: str) -> PartialError:
    return PartialError(
        f"the Dask scheduler at {address} went away", "Run it again: what is done is kept"
    )
