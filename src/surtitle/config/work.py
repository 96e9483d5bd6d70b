"""Jobs, and the engines, models and programs that do their work."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from surtitle.config.addresses import endpoint_url
from surtitle.config.group import GIB, MIB, Group
from surtitle.domain.languages import language_code

QueueName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{0,63}$")]


class JobSettings(Group):
    """The job table's timings. The lease must outlast several beats."""

    lease_seconds: float = Field(60.0, gt=0, description="How long a silent worker keeps its job.")
    beat_seconds: float = Field(10.0, gt=0, description="How often a worker renews its lease.")
    poll_seconds: float = Field(1.0, gt=0, description="How soon news is seen when its hint got lost.")
    retry_delays_seconds: tuple[float, ...] = Field(
        (5.0, 15.0, 45.0), description="Waits before each new try after a fault that can pass."
    )
    away_seconds: float = Field(
        15.0, gt=0, description="Wait of a job that met a database or store that is away; it loses no try."
    )
    max_lost_leases: int = Field(20, ge=1, description="Lost workers before a job is poison.")
    niceness: int = Field(10, ge=0, le=19, description="How far workers step back behind the server.")
    grace_seconds: float = Field(20.0, ge=0, description="How long a stopping worker lets its job run on.")
    queues: tuple[QueueName, ...] = Field(
        ("cpu", "gpu"), min_length=1, description="Queues that a job may be put into by name."
    )
    listening_queue: QueueName = Field(
        "cpu", description="Queue of jobs that recognise speech: `gpu` where workers with GPUs do that."
    )
    worker_queues: tuple[QueueName, ...] = Field(
        (), description="Queues that workers serve; default: `cpu`, and `gpu` where they have a GPU."
    )
    slots: int = Field(
        1, ge=1, le=64, description="Jobs that one worker runs at a time, each with an engine of its own."
    )
    priority_seconds: float = Field(
        3600.0, ge=0, description="Waiting that a step of priority is worth, within a project."
    )
    most_queued: int = Field(
        100_000, ge=0, description="Jobs that may wait in all; more are refused (429). 0: any number."
    )
    most_queued_of_project: int = Field(
        0, ge=0, description="Jobs of one project that may wait; more are refused (429). 0: any number."
    )
    health_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Where a worker answers `/health/live` and `/health/ready`; with several processes, on "
        "this port and those after it. Unset: nowhere.",
    )
    health_host: str = Field("127.0.0.1", description="The address that goes with it.")
    schedules: Literal["everywhere", "scheduler"] = Field(
        "everywhere",
        description="Who looks after what is due every so often: every server and worker, or the process "
        "`surtitle scheduler` alone.",
    )
    default_language: Annotated[str, AfterValidator(language_code)] | None = Field(
        None,
        description="Language of recordings (`fr`) whose request, profile and project name none; unset, it "
        "is detected.",
    )
    default_vad: bool = Field(
        True, description="Whether what holds no speech is skipped, where nobody says otherwise."
    )
    fan_out_seconds: float = Field(
        1200.0,
        ge=0,
        description="Recordings longer than this are heard by several workers together. 0: none is.",
    )
    part_seconds: float = Field(
        150.0, ge=1, le=900, description="About how much of such a recording a worker takes at a time."
    )
    abandon_after_seconds: float = Field(
        300.0,
        gt=0,
        description="How long a job goes on whose caller hung up, and its result answers a repeat.",
    )


class EngineSettings(Group):
    """Recognition and speech engines, and the child process that runs them."""

    transcriber: str = Field("whisper", description="Engine for jobs that name none.")
    model: str = Field("auto", description="Model for jobs that name none; `auto` suits the hardware.")
    diarizer: str = Field("local", description="Engine that tells voices apart, for jobs that name none.")
    diarization_model: str | None = Field(
        None, description="Model of a diarization engine that knows several, `pyannote` for one."
    )
    voice_encoder: str = Field("campplus", description="Engine that makes voices comparable.")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where engines compute.")
    compute_type: Literal["auto", "float32", "float16", "int8"] = Field(
        "auto", description="Number format of the weights."
    )
    threads: int = Field(0, ge=0, description="CPU threads of the engine child; 0 for all cores.")
    recycle_after_jobs: int = Field(100, ge=1, description="A child is replaced after so many jobs.")
    memory_mark_bytes: int = Field(6 * GIB, ge=256 * MIB, description="A child above this is replaced.")
    cancel_grace_seconds: float = Field(0.5, ge=0, description="Between SIGTERM and SIGKILL of a child.")
    gpu_lock_directory: Path | None = Field(
        None,
        description="Where locks keep to one job a GPU; containers that share a GPU share it. Default: "
        "`locks` in the data directory.",
    )
    plugin: str | None = Field(
        None, description="`package.module:Class` with `transcribe(audio_path)`, as the Subtitle app had."
    )


class EmbeddingSettings(Group):
    """Search by meaning: which engine makes texts comparable. Another one needs a new index."""

    engine: str = Field(
        "minilm", description="`minilm` (offline), `openai` (any server like it) or `sentence-transformers`."
    )
    model: str | None = Field(
        None,
        description="Model of an engine that knows several: a name of its server or of the hub, or a folder. "
        "Default: `text-embedding-3-small`, `BAAI/bge-m3`.",
    )
    url: Annotated[str | None, AfterValidator(partial(endpoint_url, api_key="embeddings.api_key"))] = Field(
        None, description="Where the server of engine `openai` answers: `http://127.0.0.1:11434/v1`."
    )
    api_key: SecretStr | None = Field(None, description="Its key, where it wants one.")
    timeout_seconds: float = Field(30.0, gt=0, description="How long an answer of it may take.")


class ModelSettings(Group):
    """Where models live and where they may come from, in this order."""

    directory: Path | None = Field(None, description="Default: `models` in the data directory.")
    folder: Path | None = Field(None, description="A folder looked in before anything is downloaded.")
    sources: tuple[Literal["folder", "hub", "index"], ...] = Field(
        ("folder", "hub", "index"), description="Where models may come from, in this order."
    )


class RenderingSettings(Group):
    """Burning captions into video."""

    ffmpeg: Path | None = Field(
        None, description="An ffmpeg with libass; default: the one installed with us."
    )
    encoder: Literal["auto", "libx264", "h264_nvenc"] = Field(
        "auto", description="`auto` takes NVENC where it works."
    )
    threads: int = Field(0, ge=0, description="Threads of ffmpeg; 0 lets it choose.")
