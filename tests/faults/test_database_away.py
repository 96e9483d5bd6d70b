"""PostgreSQL that is killed, or falls silent, for less and for more than a lease."""

import time

import pytest
from tests.faults.cluster import LEASE_SECONDS, Cluster
from tests.faults.load import UNHARMED, Load
from tests.faults.storm import broken
from tests.servers.faulty_proxy import Fault

JOBS = 5
# With the lease of an installation, 60 s, the first is 25 s.
ABSENCES = {"less than a lease": LEASE_SECONDS * 25 / 60, "more than a lease": LEASE_SECONDS * 1.5}


@pytest.mark.parametrize("seconds", ABSENCES.values(), ids=ABSENCES)
def test_jobs_outlive_a_database_that_is_away(load: Load, cluster: Cluster, seconds: float) -> None:
    jobs = load.begin(JOBS)
    load.wait_until_running(jobs, len(cluster.workers))
    cluster.backends.postgresql.kill()
    time.sleep(seconds)
    cluster.backends.postgresql.start()
    assert load.tally(jobs) == UNHARMED


@pytest.mark.parametrize("fault", [Fault(hangs=True), Fault(refuses=True)], ids=["silent", "refusing"])
def test_jobs_outlive_a_way_to_the_database_that_is_broken(
    load: Load, cluster: Cluster, fault: Fault
) -> None:
    jobs = load.begin(JOBS)
    load.wait_until_running(jobs, len(cluster.workers))
    way = cluster.backends.to_database
    before = way.hits
    with broken(way, fault):
        time.sleep(LEASE_SECONDS * 1.5)
        assert way.hits > before
    assert load.tally(jobs) == UNHARMED
