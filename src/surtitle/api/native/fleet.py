"""For those who run Surtitle: the workers, and the queues that they serve."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from surtitle.accounts.audit import Deed
from surtitle.api.access import Administers, Supports
from surtitle.api.dependencies import Address, Use
from surtitle.api.native.schemas import Document
from surtitle.api.openapi import problems
from surtitle.db.job_models import Worker
from surtitle.jobs.queues import QueueState
from surtitle.jobs.workers import Unserved

router = APIRouter(tags=["operation"])


class WorkerDocument(Document):
    """A worker process that is alive."""

    id: str
    host: str
    pid: int
    queues: list[str]
    slots: int = Field(description="Jobs that it can run at a time.")
    engines: list[str]
    memory_bytes: int = Field(description="What one of its jobs may use.")
    gpus: list[str] = Field(description="The GPUs that it computes on now.")
    jobs: list[UUID] = Field(description="The jobs that it runs now.")
    started_at: datetime
    seen_at: datetime

    @classmethod
    def of(cls, worker: Worker) -> "WorkerDocument":
        return cls.model_validate(worker, from_attributes=True)


class UnservedDocument(Document):
    """Jobs that wait and that no living worker can do."""

    queue: str
    engine: str | None
    memory_bytes: int
    detail: str

    @classmethod
    def of(cls, unserved: Unserved) -> "UnservedDocument":
        needs = unserved.needs
        return cls(
            queue=unserved.queue,
            engine=needs.engine or None,
            memory_bytes=needs.memory_bytes,
            detail=unserved.sentence,
        )


class WorkerList(Document):
    """Who is alive, and what nobody can do."""

    items: list[WorkerDocument]
    unserved: list[UnservedDocument]


class QueueDocument(Document):
    """A queue now."""

    name: str
    paused_at: datetime | None
    queued: int = Field(description="Jobs that wait.")
    running: int
    slots: int = Field(description="Jobs that the living workers of the queue can run at a time.")

    @classmethod
    def of(cls, state: QueueState) -> "QueueDocument":
        return cls.model_validate(state, from_attributes=True)


class QueueList(Document):
    items: list[QueueDocument]


@router.get("/api/admin/workers")
async def list_workers(use: Use, _caller: Supports) -> WorkerList:
    """The workers that are alive, what they can do and what they run, the oldest first."""
    return WorkerList(
        items=[WorkerDocument.of(worker) for worker in await use.workers.alive()],
        unserved=[UnservedDocument.of(unserved) for unserved in await use.workers.unserved()],
    )


@router.get("/api/admin/queues")
async def list_queues(use: Use, _caller: Supports) -> QueueList:
    """Every queue: what waits, what runs, what could, and whether it is paused."""
    return QueueList(items=[QueueDocument.of(state) for state in await use.queues.list()])


@router.post("/api/admin/queues/{name}/pause", responses=problems(404))
async def pause_queue(name: str, use: Use, caller: Administers, address: Address) -> QueueDocument:
    """Let no job of the queue begin. What runs goes on, and new jobs are taken in."""
    state = await use.queues.pause(name)
    await use.audit.tell(Deed("queue.paused", caller, address, "queue", name))
    return QueueDocument.of(state)


@router.post("/api/admin/queues/{name}/resume", responses=problems(404))
async def resume_queue(name: str, use: Use, caller: Administers, address: Address) -> QueueDocument:
    """Let the queue's jobs begin again."""
    state = await use.queues.resume(name)
    await use.audit.tell(Deed("queue.resumed", caller, address, "queue", name))
    return QueueDocument.of(state)
