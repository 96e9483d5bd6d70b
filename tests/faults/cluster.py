"""An installation of many processes on real servers, each behind a way that can be broken.

client ── api-0 api-1 ── worker-0 worker-1 … ── proxies ── PostgreSQL, Redis, SeaweedFS
"""

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import httpx
from tests.faults.client import Client
from tests.faults.clocks import Clock
from tests.faults.member import Member
from tests.faults.partition import Island
from tests.server import free_port
from tests.servers.faulty_proxy import FaultyProxy, faulty_proxy
from tests.servers.postgresql import PostgresServer, postgresql
from tests.servers.redis import RedisServer, redis_server
from tests.servers.seaweedfs import S3Server, seaweedfs

LEASE_SECONDS = float(os.environ.get("SURTITLE_TEST_LEASE_SECONDS", "4"))
START_SECONDS = 240
_ALIVE = "SELECT count(DISTINCT host) FROM workers"
_FAKES = Path(__file__).parents[1] / "fakes"
_DATABASE = "cluster"
_JOBS = {
    # Machines share no disk, so what the data folder would hold for all of them is given.
    "SURTITLE_ACCOUNTS__SECRET_KEY": "the-same-on-all-machines-of-a-cluster",
    "SURTITLE_LIMITS__FREE_DISK_BYTES": "0",
    "SURTITLE_JOBS__LEASE_SECONDS": str(LEASE_SECONDS),
    "SURTITLE_JOBS__BEAT_SECONDS": str(LEASE_SECONDS / 6),
    "SURTITLE_JOBS__POLL_SECONDS": "0.5",
    # The longest clip is heard by several workers together.
    "SURTITLE_JOBS__FAN_OUT_SECONDS": "70",
    "SURTITLE_JOBS__PART_SECONDS": "20",
    "SURTITLE_STORAGE__RETRY_SECONDS": "5",
    # One job may be struck more often here than by any other misfortune.
    "SURTITLE_JOBS__RETRY_DELAYS_SECONDS": json.dumps([0.5] * 60),
    "SURTITLE_JOBS__MAX_LOST_LEASES": "1000",
}


@dataclass(frozen=True, slots=True)
class Backends:
    """The servers, and the proxy that stands before each. `clock` is the database's."""

    postgresql: PostgresServer
    redis: RedisServer
    store: S3Server
    to_database: FaultyProxy
    to_hub: FaultyProxy
    to_store: FaultyProxy
    clock: Clock


class Cluster:
    """API processes and workers over `backends`."""

    def __init__(self, folder: Path, backends: Backends) -> None:
        self.folder = folder
        self.backends = backends
        self.apis: list[Member] = []
        self.workers: list[Member] = []
        self.engine = folder / "engine"
        self.engine.mkdir()
        self.pace(0.3)
        self._urls: list[str] = []
        to = backends.to_database, backends.to_hub, backends.to_store
        self._variables = _JOBS | self._servers_by(*to) | _engine(folder, self.engine)

    @property
    def client(self) -> Client:
        return Client(self._urls)

    def pace(self, seconds: float) -> None:
        """How long an engine takes for ten seconds of sound, from now on."""
        (self.engine / "pace").write_text(str(seconds))

    def add_api(self) -> Member:
        port = free_port()
        variables = {**self._variables, "SURTITLE_SERVER__PORT": str(port), "SURTITLE_SERVER__WORKERS": "0"}
        member = Member(f"api-{len(self.apis)}", self.folder, ["serve"], variables)
        self.apis.append(member)
        self._urls.append(f"http://127.0.0.1:{port}")
        member.start()
        return member

    def add_worker(self, variables: Mapping[str, str] | None = None, inside: Sequence[str] = ()) -> Member:
        name = f"worker-{len(self.workers)}"
        member = Member(
            name, self.folder, ["worker"], {**self._variables, **(variables or {})}, inside=inside
        )
        self.workers.append(member)
        member.start()
        return member

    @contextmanager
    def worker_on(self, place: Island) -> Iterator[Member]:
        """A worker on an island, that reaches the servers through the island's cable alone."""
        servers = self.backends.postgresql.url, self.backends.redis.url, self.backends.store.endpoint
        with ExitStack() as stack:
            ways = [stack.enter_context(faulty_proxy(_place(url), place.address)) for url in servers]
            worker = self.add_worker(self._servers_by(*ways), place.inside)
            stack.callback(self.retire, worker)
            self.wait_until_up()
            yield worker

    def _servers_by(
        self, to_database: FaultyProxy, to_hub: FaultyProxy, to_store: FaultyProxy
    ) -> dict[str, str]:
        store = self.backends.store
        return {
            "SURTITLE_DATABASE_URL": to_database.before(self.backends.postgresql.url_of(_DATABASE)),
            "SURTITLE_HUB__URL": to_hub.before(self.backends.redis.url),
            "SURTITLE_STORAGE__URL": f"s3://{store.bucket}",
            "SURTITLE_STORAGE__ENDPOINT": to_store.before(store.endpoint),
            "SURTITLE_STORAGE__ACCESS_KEY": store.access_key,
            "SURTITLE_STORAGE__SECRET_KEY": store.secret_key,
        }

    def retire(self, worker: Member) -> None:
        self.workers.remove(worker)
        worker.stop()

    def wait_until_up(self) -> None:
        """All servers answer, and all workers have shown themselves."""
        deadline = time.monotonic() + START_SECONDS
        while not self._is_up():
            ended = any(member.ended for member in (*self.apis, *self.workers))
            if ended or time.monotonic() > deadline:
                raise AssertionError("the cluster is not up\n" + self.last_words())
            time.sleep(0.2)

    def _is_up(self) -> bool:
        # A server that answers has made the tables.
        return all(_answers(url) for url in self._urls) and int(self.sql(_ALIVE)) >= len(self.workers)

    def sql(self, statement: str) -> str:
        """What the database answers, past the proxy."""
        return self.backends.postgresql.sql(statement, _DATABASE)

    def lost_leases(self) -> int:
        """How often a job was taken from a worker that was gone, so far."""
        return int(self.sql("SELECT coalesce(sum(lost_leases), 0) FROM jobs"))

    def failed_tries(self) -> int:
        """Tries that were used up; one that a worker was lost with is given back."""
        return int(self.sql("SELECT coalesce(sum(attempt - 1), 0) FROM jobs WHERE attempt > 1"))

    def last_words(self) -> str:
        return "\n".join(member.last_words() for member in (*self.apis, *self.workers))

    def stop(self) -> None:
        for member in (*self.workers, *self.apis):
            member.stop()


def _engine(folder: Path, orders: Path) -> dict[str, str]:
    """Install the paced engine as pip would."""
    info = folder / "site" / "paced_engine-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: paced-engine\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[surtitle.engines]\npaced = paced_engine:PACED\n")
    given = filter(None, [os.environ.get("PYTHONPATH")])
    return {
        "PYTHONPATH": os.pathsep.join([str(info.parent), str(_FAKES), *given]),
        "PACED_ENGINE": str(orders),
        "SURTITLE_ENGINES__TRANSCRIBER": "paced",
        "SURTITLE_ENGINES__THREADS": "1",
    }


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/live", timeout=2).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


@contextmanager
def backends(folder: Path) -> Iterator[Backends]:
    """Fresh servers, each behind a proxy."""
    with ExitStack() as stack:
        # The server runs as another user, to whom the tests' folders are closed.
        public = Path(stack.enter_context(TemporaryDirectory(prefix="surtitle-clock-")))
        public.chmod(0o755)
        clock = Clock.right(public)
        database = stack.enter_context(postgresql(folder, variables=clock.variables))
        hub = stack.enter_context(redis_server(folder / "hub"))
        store = stack.enter_context(seaweedfs(folder / "store"))
        database.database(_DATABASE)
        to_database, to_hub, to_store = (
            stack.enter_context(faulty_proxy(_place(url))) for url in (database.url, hub.url, store.endpoint)
        )
        yield Backends(database, hub, store, to_database, to_hub, to_store, clock)


@contextmanager
def cluster(folder: Path, *, apis: int, workers: int) -> Iterator[Cluster]:
    """A cluster that is up; its logs stay in `folder`."""
    with backends(folder) as servers:
        opened = Cluster(folder, servers)
        try:
            # The first one migrates; the others find it done.
            for _ in range(apis):
                opened.add_api()
            for _ in range(workers):
                opened.add_worker()
            opened.wait_until_up()
            yield opened
        finally:
            opened.stop()
