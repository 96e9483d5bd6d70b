"""An object store that answers 503, crawls, falls silent, cuts connections in the middle or is killed."""

import time
from pathlib import Path

import pytest
from tests.faults.cluster import LEASE_SECONDS, Cluster
from tests.faults.load import UNHARMED, Load
from tests.faults.storm import broken
from tests.servers.faulty_proxy import Fault
from tests.spoken import ffmpeg

JOBS = 5
FAULTS = {
    "answering 503": Fault(status=503),
    "slow": Fault(bytes_a_second=20_000),
    "silent": Fault(hangs=True),
    "cutting connections": Fault(cut_after_bytes=1_000),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_jobs_outlive_a_broken_store(load: Load, cluster: Cluster, fault: Fault) -> None:
    jobs = load.begin(JOBS)
    load.wait_until_running(jobs, len(cluster.workers))
    way = cluster.backends.to_store
    before = way.hits
    with broken(way, fault):
        time.sleep(LEASE_SECONDS)
        assert way.hits > before
    assert load.tally(jobs) == UNHARMED


def test_jobs_outlive_a_store_that_is_killed(load: Load, cluster: Cluster) -> None:
    jobs = load.begin(JOBS)
    load.wait_until_running(jobs, len(cluster.workers))
    cluster.backends.store.kill()
    time.sleep(LEASE_SECONDS / 2)
    cluster.backends.store.start()
    assert load.tally(jobs) == UNHARMED


@pytest.fixture(scope="module")
def twenty_megabytes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More than one part of a multipart upload to the store."""
    path = tmp_path_factory.mktemp("big") / "big.wav"
    ffmpeg("-f", "lavfi", "-i", "sine=frequency=300:duration=120", "-ar", "44100", "-ac", "2", str(path))
    return path


def test_an_upload_cut_in_the_middle_leaves_no_half_of_it(cluster: Cluster, twenty_megabytes: Path) -> None:
    client = cluster.client
    kept = "SELECT count(*) FROM media"
    before = int(cluster.sql(kept))
    way = cluster.backends.to_store
    # Less than a part: whoever sends it again is cut again.
    with broken(way, Fault(cut_after_bytes=4_000_000)):
        with twenty_megabytes.open("rb") as file:
            answer = client.ask_once("POST", "/api/media", files={"file": ("big.wav", file)})
        assert answer.status_code == 503
        assert way.hits > 0
    assert int(cluster.sql(kept)) == before
    media_id = client.upload(twenty_megabytes, "after-the-cut")
    answer = client.ask("GET", f"/api/media/{media_id}/content", follow_redirects=True)
    assert answer.content == twenty_megabytes.read_bytes()
