"""One cluster for all tests of this folder, and the load that each of them puts on it."""

from collections.abc import Iterator

import pytest
from tests.faults.cluster import Cluster
from tests.faults.cluster import cluster as opened_cluster
from tests.faults.load import Load


@pytest.fixture(scope="package")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Load]:
    """A cluster of two servers and three workers that has shown what undisturbed work gives."""
    with opened_cluster(tmp_path_factory.mktemp("cluster"), apis=2, workers=3) as cluster:
        load = Load(cluster, tmp_path_factory.mktemp("clips"))
        load.learn()
        yield load


@pytest.fixture
def load(calm: Load) -> Load:
    calm.cluster.wait_until_up()
    return calm


@pytest.fixture
def cluster(load: Load) -> Cluster:
    return load.cluster
