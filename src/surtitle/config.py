"""All settings, in one place. `SURTITLE_` variables, `__` between group and name, or a `.env` file.

`SURTITLE_SERVER__PORT=9000` sets `Settings.server.port`.
"""

from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

GIB = 1024**3
MIB = 1024**2


class Group(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ServerSettings(Group):
    """The HTTP server and the workers that it starts."""

    host: str = Field("127.0.0.1", description="Address to listen on; loopback only until accounts exist.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    workers: int = Field(1, ge=0, le=64, description="Worker processes that `surtitle serve` supervises.")
    allowed_hosts: list[str] = Field(
        default=["localhost", "127.0.0.1", "[::1]"],
        description="Host headers that are answered; any other may be a rebinding attack.",
    )


class LimitSettings(Group):
    """What one request may bring."""

    upload_bytes: int = Field(8 * GIB, ge=1, description="Largest upload, counted on bytes received.")
    json_bytes: int = Field(1 * MIB, ge=1024, description="Largest JSON body.")
    free_disk_bytes: int = Field(256 * MIB, ge=0, description="Less free disk refuses uploads.")


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


class LogSettings(Group):
    format: Literal["console", "json"] = Field("console", description="For people or for machines.")
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least that is told.")


class Settings(BaseSettings):
    """Everything that an installation can set."""

    model_config = SettingsConfigDict(
        env_prefix="SURTITLE_",
        env_nested_delimiter="__",
        env_file=".env",
        extra="ignore",
        validate_default=True,
    )

    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("surtitle")),
        description="Database, files and models. Default: the user's data directory.",
    )
    database_url: str | None = Field(None, description="Default: SQLite in the data directory.")
    storage_url: str | None = Field(None, description="Default: `files` in the data directory.")
    server: ServerSettings = ServerSettings()
    limits: LimitSettings = LimitSettings()
    jobs: JobSettings = JobSettings()
    engines: EngineSettings = EngineSettings()
    models: ModelSettings = ModelSettings()
    rendering: RenderingSettings = RenderingSettings()
    log: LogSettings = LogSettings()

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'surtitle.db'}"

    @property
    def storage_directory(self) -> Path:
        return self.data_dir / "files"

    @property
    def models_directory(self) -> Path:
        return self.models.directory or self.data_dir / "models"

    @property
    def scratch_directory(self) -> Path:
        """Files that can always be made again: decoded sound, renderings under way."""
        return self.data_dir / "scratch"
