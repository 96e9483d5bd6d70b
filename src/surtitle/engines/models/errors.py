"""What can go wrong between a model's name and a checked folder of weights."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from errno import EACCES, EDQUOT, ENOSPC, EPERM, EROFS
from pathlib import Path

from surtitle.errors import Invalid, NotFound, StorageFull, Unavailable


class ModelUnknown(NotFound):
    """No model of that name, neither in the manifest nor in the user's folder."""

    slug = "model-unknown"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(
            f"There is no model {name[:80]!r}. Known models: {', '.join(known)}. "
            "Weights of your own go into a folder named like the model, inside SURTITLE_MODELS__FOLDER.",
            model=name[:80],
        )


class ModelNotInstalled(Unavailable):
    """The model is known and not here."""

    slug = "model-not-installed"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Model {name} is not installed; fetch it with `surtitle models pull {name}`.", model=name
        )


class NoPipelines(Unavailable):
    """No weights of any video model are here; trying again brings none."""

    slug = "no-video-model"
    passing = False

    def __init__(self) -> None:
        super().__init__(
            "No weights of a video model are on this machine. Put a folder with a model_index.json (what "
            "`huggingface-cli download` or save_pretrained give for LTX-Video, Wan or CogVideoX) into "
            "SURTITLE_MODELS__FOLDER.",
            field="engine",
        )


class ModelIncomplete(Unavailable):
    """The user's own folder lacks files without which an engine would go looking on the network."""

    slug = "model-incomplete"

    def __init__(self, directory: Path, missing: Iterable[str]) -> None:
        super().__init__(
            f"{directory} is no whole CTranslate2 model: it lacks {', '.join(missing)}. Add what is missing."
        )


class ModelNotOurs(Invalid):
    """The model lies in the user's own folder, which the store only reads."""

    slug = "model-not-ours"

    def __init__(self, name: str, directory: Path) -> None:
        super().__init__(f"Model {name} is in your own folder; remove {directory} yourself.", model=name)


class ChecksumMismatch(Unavailable):
    """A file's size or SHA-256 is not the pinned one."""

    slug = "checksum-mismatch"

    def __init__(self, file: str, expected: str, got: str) -> None:
        self.fault = f"{file}: expected {expected}, got {got}"
        super().__init__(f"{self.fault}. The file is not used.", file=file, expected=expected, got=got)


class ModelDamaged(Unavailable):
    """An installed model's files are not what they were when they were fetched."""

    slug = "model-damaged"

    def __init__(self, name: str, faults: tuple[str, ...]) -> None:
        super().__init__(
            f"Model {name} is damaged ({'; '.join(faults)}); mend it with `surtitle models pull {name}`.",
            model=name,
        )


class SourceFailed(Unavailable):
    """One source could not deliver; another may."""

    slug = "model-source-failed"


class PullFailed(Unavailable):
    """No source could deliver the model. `reasons` holds one sentence a source, in the order tried."""

    slug = "model-pull-failed"

    def __init__(self, name: str, reasons: tuple[str, ...]) -> None:
        tried = "\n".join(f"  - {reason}" for reason in reasons) or "  - no source is set"
        super().__init__(
            f"Model {name} could not be fetched:\n{tried}\n"
            "What was fetched and found right is kept: the same command goes on from there. "
            "Sources and their order: SURTITLE_MODELS__SOURCES, SURTITLE_MODELS__FOLDER.",
            model=name,
        )
        self.reasons = reasons


@contextmanager
def disk_errors(name: str, directory: Path) -> Iterator[None]:
    """Turn the disk's refusals into errors that say what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (ENOSPC, EDQUOT):
            raise StorageFull(
                f"No room left in {directory} for model {name}; free some and run the same command again."
            ) from error
        if error.errno in (EACCES, EPERM, EROFS):
            raise Unavailable(
                f"Model {name} cannot be written in {directory} ({error.strerror}); "
                "make it writable or set SURTITLE_MODELS__DIRECTORY."
            ) from error
        raise
