"""Redis that is killed, emptied, silent or says everything a hundred times: it carries hints alone."""

import time

import pytest
from tests.faults.cluster import LEASE_SECONDS, Cluster
from tests.faults.load import UNHARMED, Load
from tests.faults.storm import broken
from tests.servers.faulty_proxy import Fault

JOBS = 5


@pytest.mark.parametrize("persistent", [True, False], ids=["persistent", "forgetful"])
def test_a_killed_hub_costs_nothing(load: Load, cluster: Cluster, *, persistent: bool) -> None:
    hub = cluster.backends.redis
    hub._persistent = persistent
    hub.kill()
    jobs = load.begin(JOBS)
    load.wait_until_running(jobs)
    hub.start()
    assert load.tally(jobs) == UNHARMED


def test_a_hub_that_is_emptied_over_and_over_costs_nothing(load: Load, cluster: Cluster) -> None:
    jobs = load.begin(JOBS)
    for _ in range(20):
        cluster.backends.redis.command("FLUSHALL")
        time.sleep(0.1)
    assert load.tally(jobs) == UNHARMED


def test_a_silent_hub_costs_nothing(load: Load, cluster: Cluster) -> None:
    with broken(cluster.backends.to_hub, Fault(hangs=True)):
        jobs = load.begin(JOBS)
        time.sleep(LEASE_SECONDS / 2)
        assert cluster.backends.to_hub.hits > 0
    assert load.tally(jobs) == UNHARMED


def test_wake_ups_said_a_hundred_times_start_each_job_once(load: Load, cluster: Cluster) -> None:
    hub = cluster.backends.redis
    # Whoever listens to a channel now is told by it what to look at: workers to the queue, servers to jobs.
    jobs = load.begin(JOBS)
    for _ in range(100):
        for channel in hub.command("PUBSUB", "CHANNELS"):
            hub.command("PUBLISH", channel, "")
    assert load.tally(jobs) == UNHARMED
    among = ",".join(f"'{job_id}'" for job_id in jobs)
    claimed_more = f"SELECT count(*) FROM jobs WHERE fence <> 1 + lost_leases AND id IN ({among})"
    assert cluster.sql(claimed_more) == "0"
