"""The pages' scripts, styles and fonts: bundled by the build, named by their content, kept for ever."""

import json
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

import surtitle
from surtitle.api.access import PUBLIC

FOLDER = Path(surtitle.__file__).parent / "assets" / "web"
ADDRESS = "/app/assets"

router = APIRouter()

_FOR_EVER = "public, max-age=31536000, immutable"
# The smallest first; their files lie beside the plain one.
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
_NOT_SERVED = frozenset({"manifest.json"})


class AssetsMissing(RuntimeError):
    """The package was installed without the pages' scripts and styles."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"The scripts and styles of the pages are not in {folder}. Run `make web`, or install the "
            "package again."
        )


@dataclass(frozen=True, slots=True)
class Assets:
    """All of them, in memory: they are few and small."""

    files: dict[str, bytes]
    names: dict[str, str]
    """By the name of the source: the name of the file that was made of it."""

    @classmethod
    def read(cls, folder: Path = FOLDER) -> "Assets":
        """Raises `AssetsMissing`."""
        manifest = folder / "manifest.json"
        if not manifest.is_file():
            raise AssetsMissing(folder)
        files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
        return cls(files, json.loads(manifest.read_text()))

    def address(self, source: str) -> str:
        return f"{ADDRESS}/{self.names[source]}"

    def encoded(self, name: str, accepted: str) -> tuple[bytes, str | None]:
        """The file in the smallest form that the browser takes, and what that form is called."""
        for encoding, ending in _ENCODINGS.items():
            if encoding in accepted and (packed := self.files.get(name + ending)) is not None:
                return packed, encoding
        return self.files[name], None


@router.get("/assets/{name}", dependencies=[PUBLIC])
async def send_asset(name: str, request: Request) -> Response:
    """One of the files that pages load."""
    assets: Assets = request.app.state.pages.assets
    if name not in assets.files or name in _NOT_SERVED:
        raise HTTPException(404)
    body, encoding = assets.encoded(name, request.headers.get("accept-encoding", ""))
    headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
    if encoding is not None:
        headers["Content-Encoding"] = encoding
    return Response(body, media_type=guess_type(name)[0] or "application/octet-stream", headers=headers)
