"""A local cluster of two workers, one of which is killed in the middle: nothing is lost."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from practiceear.batch.many_takes import TakeDone, TakeJob, do_job
from practiceear.batch.take_pool import done_by_dask
from practiceear.errors import MissingError
from practiceear.settings import Exercise
from tests.support.recordings import beginning

distributed = pytest.importorskip("distributed")

N_TAKES = 12


@pytest.fixture
def jobs(tmp_path: Path) -> list[TakeJob]:
    take = beginning("tap_table", tmp_path / "take.flac")
    return [TakeJob(str(take), f"take {at}", Exercise(instrument="tap")) for at in range(N_TAKES)]


def test_a_worker_that_is_killed_is_no_loss(jobs: list[TakeJob]) -> None:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        victim = next(iter(cluster.workers.values()))
        results: list[TakeDone] = []
        for done in done_by_dask(jobs, cluster.scheduler_address):
            results.append(done)
            if len(results) == 2:
                os.kill(victim.pid, signal.SIGKILL)
    here = do_job(jobs[0])
    assert here.sd_ioi_ms is not None
    assert len(results) == N_TAKES
    assert len({one.key for one in results}) == N_TAKES
    assert {one.sd_ioi_ms for one in results} == {here.sd_ioi_ms}


def test_a_cluster_without_workers_is_said(jobs: list[TakeJob]) -> None:
    with (
        distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=None) as cluster,
        pytest.raises(MissingError, match="no workers"),
    ):
        next(iter(done_by_dask(jobs, cluster.scheduler_address)))
