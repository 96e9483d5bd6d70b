"""What can befall a cluster: each fault strikes, lasts a while, and is over when its function returns."""

import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psutil
from tests.faults.cluster import LEASE_SECONDS, Cluster
from tests.faults.member import Member
from tests.servers.faulty_proxy import HEALTHY, Fault, FaultyProxy

Strike = Callable[[Cluster, random.Random], None]


@contextmanager
def broken(way: FaultyProxy, fault: Fault) -> Iterator[None]:
    way.fault = fault
    try:
        yield
    finally:
        way.fault = HEALTHY


@contextmanager
def stopped(member: Member) -> Iterator[None]:
    """SIGSTOP to a process and its children, and SIGCONT at the end: it believes that no time has passed."""
    family = [psutil.Process(member.pid), *member.children()]
    for process in family:
        process.suspend()
    try:
        yield
    finally:
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.resume()


def kill_a_worker(cluster: Cluster, chance: random.Random) -> None:
    chance.choice(cluster.workers).kill()


def kill_an_api(cluster: Cluster, chance: random.Random) -> None:
    chance.choice(cluster.apis).kill()


def kill_a_child(cluster: Cluster, chance: random.Random) -> None:
    """An engine host, ffmpeg or a probe: whatever there is below the workers and servers."""
    members = chance.sample([*cluster.workers, *cluster.apis], len(cluster.workers) + len(cluster.apis))
    for member in members:
        if children := member.children():
            with suppress(psutil.NoSuchProcess):
                chance.choice(children).send_signal(signal.SIGKILL)
            return


def stop_a_worker(cluster: Cluster, chance: random.Random) -> None:
    """For longer than its lease, often."""
    with stopped(chance.choice(cluster.workers)):
        time.sleep(_a_while(chance))


def kill_the_database(cluster: Cluster, chance: random.Random) -> None:
    cluster.backends.postgresql.kill()
    time.sleep(_a_while(chance))
    cluster.backends.postgresql.start()


def kill_the_hub(cluster: Cluster, chance: random.Random) -> None:
    """Persistent or not by chance: nothing that counts is in it."""
    hub = cluster.backends.redis
    hub._persistent = chance.random() < 0.5
    hub.kill()
    time.sleep(_a_while(chance))
    hub.start()


def flush_the_hub(cluster: Cluster, _chance: random.Random) -> None:
    cluster.backends.redis.command("FLUSHALL")


def kill_the_store(cluster: Cluster, chance: random.Random) -> None:
    cluster.backends.store.kill()
    time.sleep(_a_while(chance))
    cluster.backends.store.start()


def _break(way: str, fault: Fault) -> Strike:
    def strike(cluster: Cluster, chance: random.Random) -> None:
        with broken(getattr(cluster.backends, way), fault):
            time.sleep(_a_while(chance))

    return strike


def _a_while(chance: random.Random) -> float:
    return chance.uniform(0.2, 1.5) * LEASE_SECONDS


FAULTS: dict[str, Strike] = {
    "worker killed": kill_a_worker,
    "child killed": kill_a_child,
    "api killed": kill_an_api,
    "worker stopped": stop_a_worker,
    "database killed": kill_the_database,
    "database silent": _break("to_database", Fault(hangs=True)),
    "database refuses": _break("to_database", Fault(refuses=True)),
    "database slow": _break("to_database", Fault(bytes_a_second=20_000)),
    "hub killed": kill_the_hub,
    "hub flushed": flush_the_hub,
    "hub silent": _break("to_hub", Fault(hangs=True)),
    "store killed": kill_the_store,
    "store answers 503": _break("to_store", Fault(status=503)),
    "store slow": _break("to_store", Fault(bytes_a_second=50_000)),
    "store cuts": _break("to_store", Fault(cut_after_bytes=1_000)),
    "store silent": _break("to_store", Fault(hangs=True)),
}
