"""Jobs, and the engines, models and programs that do their work."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from surtitle.config.group import GIB, MIB, Group


class JobSettings(Group):
    """The job table's timings. The lease must outlast several beats."""

    lease_seconds: float = Field(60.0, gt=0, description="How long a silent worker keeps its job.")
    beat_seconds: float = Field(10.0, gt=0, description="How often a worker renews its lease.")
    poll_seconds: float = Field(1.0, gt=0, description="How soon news is seen when its hint got lost.")
    retry_delays_seconds: tuple[float, ...] = Field(
        (5.0, 15.0, 45.0), description="Waits before each new try after a fault that can pass."
    )
    max_lost_leases: int = Field(20, ge=1, description="Lost workers before a job is poison.")
    niceness: int = Field(10, ge=0, le=19, description="How far workers step back behind the server.")
    grace_seconds: float = Field(20.0, ge=0, description="How long a stopping worker lets its job run on.")
    abandon_after_seconds: float = Field(
        300.0,
        gt=0,
        description="How long a job goes on whose caller hung up, and its result answers a repeat.",
    )


class EngineSettings(Group):
    """Recognition and speech engines, and the child process that runs them."""

    transcriber: str = Field("whisper", description="Engine for jobs that name none.")
    model: str = Field("auto", description="Model for jobs that name none; `auto` suits the hardware.")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where engines compute.")
    compute_type: Literal["auto", "float32", "float16", "int8"] = Field(
        "auto", description="Number format of the weights."
    )
    threads: int = Field(0, ge=0, description="CPU threads of the engine child; 0 for all cores.")
    recycle_after_jobs: int = Field(100, ge=1, description="A child is replaced after so many jobs.")
    memory_mark_bytes: int = Field(6 * GIB, ge=256 * MIB, description="A child above this is replaced.")
    cancel_grace_seconds: float = Field(0.5, ge=0, description="Between SIGTERM and SIGKILL of a child.")
    plugin: str | None = Field(
        None, description="`package.module:Class` with `transcribe(audio_path)`, as the Subtitle app had."
    )


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
