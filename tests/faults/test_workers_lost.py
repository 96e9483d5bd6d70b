"""Workers that vanish, stand still, run out of memory or are cut off, while their jobs run."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.cluster import LEASE_SECONDS, Cluster
from tests.faults.load import UNHARMED, Load
from tests.faults.partition import island
from tests.faults.storm import stopped

JOBS = 5
_MIB = 1024**2
_CONTROL_GROUPS = Path("/sys/fs/cgroup/memory")


def test_a_worker_stopped_beyond_its_lease_spoils_nothing_when_it_goes_on(
    load: Load, cluster: Cluster
) -> None:
    before = cluster.lost_leases()
    jobs = load.begin(JOBS)
    load.wait_until_running(jobs, len(cluster.workers))
    with stopped(cluster.workers[0]):
        time.sleep(LEASE_SECONDS * 1.5)
    assert load.tally(jobs) == UNHARMED
    assert cluster.lost_leases() > before


def test_jobs_of_killed_workers_go_on_elsewhere(load: Load, cluster: Cluster) -> None:
    before = cluster.lost_leases()
    jobs = load.begin(JOBS)
    load.wait_until_running(jobs, len(cluster.workers))
    for worker in cluster.workers:
        worker.kill()
    assert load.tally(jobs) == UNHARMED
    assert cluster.lost_leases() >= before + len(cluster.workers)


@pytest.fixture
def little_memory() -> Iterator[Path]:
    """A control group in which the kernel kills who takes more than 256 MiB."""
    group = _CONTROL_GROUPS / f"surtitle-test-{os.getpid()}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(256 * _MIB))
    except OSError:
        pytest.skip("making a control group needs root and cgroup v1")
    yield group
    group.rmdir()


def test_a_child_that_the_kernel_kills_for_memory_costs_a_try_and_no_word(
    load: Load, cluster: Cluster, little_memory: Path
) -> None:
    before = cluster.failed_tries()
    jobs = load.begin(JOBS)
    (cluster.engine / "hunger").write_text(str(little_memory))
    assert load.tally(jobs) == UNHARMED
    assert cluster.failed_tries() == before + 1


def test_a_child_whose_memory_is_limited_costs_a_try_and_no_word(load: Load, cluster: Cluster) -> None:
    before = cluster.failed_tries()
    jobs = load.begin(JOBS)
    (cluster.engine / "hunger").write_text("limit")
    assert load.tally(jobs) == UNHARMED
    assert cluster.failed_tries() == before + 1


def test_a_worker_cut_off_from_everything_loses_its_job_to_another(load: Load, cluster: Cluster) -> None:
    before = cluster.lost_leases()
    with island() as place, cluster.worker_on(place) as worker:
        jobs = load.begin(JOBS * 2)
        load.wait_until_held_by(worker)
        with place.cut_off():
            time.sleep(LEASE_SECONDS * 1.5)
        assert load.tally(jobs) == UNHARMED
    assert cluster.lost_leases() > before


@pytest.fixture
def small_disk(cluster: Cluster) -> Iterator[Path]:
    """Where the next worker will keep its files: a disk of 8 MiB, with room for no recording's sound."""
    place = cluster.folder / f"worker-{len(cluster.workers)}"
    place.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)]
    if subprocess.run(mount, check=False).returncode != 0:
        pytest.skip("mounting a small disk needs root")
    (place / "ballast").write_bytes(bytes(7 * _MIB + _MIB // 2))
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_worker_whose_disk_is_full_costs_tries_and_no_job(
    load: Load, cluster: Cluster, small_disk: Path
) -> None:
    before = cluster.failed_tries()
    worker = cluster.add_worker()
    try:
        cluster.wait_until_up()
        jobs = load.begin(JOBS)
        load.wait_until(lambda: cluster.failed_tries() > before)
        (small_disk / "ballast").unlink()
        assert load.tally(jobs) == UNHARMED
    finally:
        cluster.retire(worker)
