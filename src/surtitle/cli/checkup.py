"""The checks of `surtitle doctor`, each a small question with an answer that mends."""

import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

from rich.filesize import decimal

import surtitle
from surtitle.cli.database_state import database_state
from surtitle.config import Settings
from surtitle.engines.builtin.cuda import cuda_device_count
from surtitle.engines.models import ModelStore, probe_hardware
from surtitle.engines.models.choice import DEFAULT_MODEL
from surtitle.engines.registry import Capability, EngineRegistry
from surtitle.errors import SurtitleError, Unavailable
from surtitle.pipelines.rendering.ffmpeg import Encoder, FfmpegBuild, choose_encoder, find_ffmpeg
from surtitle.pipelines.rendering.fonts import fonts_directory

_LITTLE_MEMORY_BYTES = 2 * 1024**3
_LITTLE_DISK_BYTES = 2 * 1024**3


class State(StrEnum):
    OK = "ok"
    NOTE = "note"
    """Works, and the person may want to know."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question; `mend` is what to do about it."""

    name: str
    state: State
    found: str
    mend: str | None = None


async def examine(settings: Settings, *, verify: bool = False) -> list[Finding]:
    """Every check, in the order that a person reads. `verify` hashes the models too."""
    findings = [_python(), _machine(), _gpu()]
    findings += [finding async for finding in _drawing(settings)]
    findings += [_fonts(), *_models(settings, verify=verify), _engines(settings), _data_dir(settings)]
    findings += [await _database(settings), _port(settings)]
    return findings


def _python() -> Finding:
    found = f"Surtitle {surtitle.__version__} on Python {platform.python_version()}, {platform.platform()}"
    if sys.platform not in {"linux", "darwin"}:
        return Finding("system", State.MISSING, found, "Use Linux or macOS (on Windows: WSL).")
    return Finding("system", State.OK, found)


def _machine() -> Finding:
    hardware = probe_hardware()
    found = f"{hardware.cpu_cores} CPU cores, {decimal(hardware.memory_bytes)} of memory"
    if hardware.memory_bytes < _LITTLE_MEMORY_BYTES:
        return Finding("machine", State.NOTE, found, "Less than 2 GB: choose small models.")
    return Finding("machine", State.OK, found)


def _gpu() -> Finding:
    devices = cuda_device_count()
    if devices:
        memory = probe_hardware(cuda_devices=devices).gpu_memory_bytes or 0
        return Finding("GPU", State.OK, f"{devices} CUDA device(s), {decimal(memory)}")
    if shutil.which("nvidia-smi"):
        mend = "Compare the driver's CUDA version with what faster-whisper asks for."
        return Finding("GPU", State.NOTE, "an NVIDIA driver is here, but engines cannot use it", mend)
    return Finding("GPU", State.OK, "none; everything runs on the CPU")


async def _drawing(settings: Settings) -> AsyncIterator[Finding]:
    try:
        build = await find_ffmpeg(settings.rendering)
    except SurtitleError as error:
        yield Finding("ffmpeg", State.MISSING, "cannot be used", error.message)
        return
    yield Finding("ffmpeg", State.OK, f"{build.version} with libass, {build.path}")
    yield await _encoder(build, settings)


async def _encoder(build: FfmpegBuild, settings: Settings) -> Finding:
    try:
        chosen = await choose_encoder(build, settings.rendering)
    except SurtitleError as error:
        return Finding("video encoder", State.MISSING, "none", error.message)
    note = "" if chosen is Encoder.NVENC else " (no NVENC here)"
    return Finding("video encoder", State.OK, chosen.value + note)


def _fonts() -> Finding:
    try:
        directory = fonts_directory()
    except SurtitleError as error:
        return Finding("fonts", State.MISSING, "no caption fonts", error.message)
    names = sorted({path.stem.split("-")[0] for path in directory.glob("*.ttf")})
    return Finding("fonts", State.OK, f"{', '.join(names)} in {directory}")


def _models(settings: Settings, *, verify: bool) -> list[Finding]:
    store = ModelStore(settings)
    installed = store.installed()
    if not installed:
        return [
            Finding(
                "models",
                State.MISSING,
                f"none in {settings.models_directory}",
                f"surtitle models pull {DEFAULT_MODEL} (the first job fetches it, too)",
            )
        ]
    faults = {result.name: result.faults for result in store.verify()} if verify else {}
    findings = []
    for model in installed:
        found = f"{model.name}, {decimal(model.size_bytes)}" + (
            ", checked" if verify and model.pinned else ""
        )
        if wrong := faults.get(model.name):
            found = f"{model.name}: {'; '.join(wrong)}"
            findings.append(Finding("model", State.MISSING, found, f"surtitle models pull {model.name}"))
        else:
            findings.append(Finding("model", State.OK, found))
    return findings


def _engines(settings: Settings) -> Finding:
    registry = EngineRegistry(settings.engines.plugin)
    names = ", ".join(spec.name for spec in registry.specs)
    transcribers = [spec.name for spec in registry.specs if spec.capability is Capability.TRANSCRIBER]
    if settings.engines.transcriber not in transcribers:
        reason = registry.broken.get(settings.engines.transcriber, "it is not installed")
        found = f"{settings.engines.transcriber} cannot be used: {reason}"
        remedy = f"Set SURTITLE_ENGINES__TRANSCRIBER to one of: {', '.join(transcribers)}."
        return Finding("engines", State.MISSING, found, remedy)
    if registry.broken:
        return Finding("engines", State.NOTE, f"{names}; broken: {', '.join(registry.broken)}")
    return Finding("engines", State.OK, names)


def _data_dir(settings: Settings) -> Finding:
    place = settings.data_dir
    existing = next(folder for folder in (place, *place.absolute().parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        mend = "Make it writable, or set SURTITLE_DATA_DIR."
        return Finding("data directory", State.MISSING, f"{place} cannot be written: {error.strerror}", mend)
    free = shutil.disk_usage(existing).free
    found = f"{place}, {decimal(free)} free"
    if free < settings.limits.free_disk_bytes:
        return Finding(
            "data directory", State.MISSING, found, "Free some space; uploads are refused as it is."
        )
    if free < _LITTLE_DISK_BYTES:
        return Finding("data directory", State.NOTE, found, "Free some space before large recordings.")
    return Finding("data directory", State.OK, found)


async def _database(settings: Settings) -> Finding:
    try:
        state = await database_state(settings)
    except Unavailable as error:
        return Finding("database", State.MISSING, "cannot be used", error.message)
    if not state.exists:
        return Finding("database", State.OK, "none yet; the first start makes it")
    if state.newer is not None:
        return Finding("database", State.OK, f"of a newer version ({state.newer}) that still serves this one")
    if state.differences:
        return Finding("database", State.MISSING, state.differences[0], "surtitle db upgrade")
    return Finding("database", State.OK, "up to date")


def _port(settings: Settings) -> Finding:
    host, port = settings.server.host, settings.server.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family):
            pass
    except OSError as error:
        found = (
            f"{port} on {host} is taken ({error.strerror or error}), perhaps by a Surtitle that runs already"
        )
        return Finding("port", State.NOTE, found, f"surtitle serve --port {port + 1}")
    return Finding("port", State.OK, f"{port} on {host} is free")
