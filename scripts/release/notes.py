"""The notes of a version, from CHANGELOG.md, with the checksums of its files; signed, and verified.

`make release-notes VERSION=0.1.0 SIGNING_KEY=~/.ssh/release`. Signatures are OpenSSH's (`ssh-keygen -Y`):
they need no network, and everybody can verify them.
"""

import argparse
import hashlib
import re
import subprocess
import sys
from pathlib import Path

NAMESPACE = "surtitle-release"
_CHANGELOG = Path(__file__).resolve().parents[2] / "CHANGELOG.md"
_HEADING = re.compile(r"^## (?P<version>\S+) \((?P<when>[^)]+)\)$", re.MULTILINE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def main() -> int:
    options = _options()
    notes: Path = options.folder / f"surtitle-{options.version}.md"
    try:
        text = notes_of(options.changelog.read_text(), options.version, draft=options.draft)
        options.folder.mkdir(parents=True, exist_ok=True)
        notes.write_text(text + checksums(options.files))
        sys.stdout.write(f"{notes}\n")
        if options.key is None:
            if not options.draft:
                raise SystemExit("Nobody signed it: name a key, SIGNING_KEY=~/.ssh/release, or say DRAFT=1.")
            return 0
        sign(notes, options.key)
    except (OSError, ValueError) as error:
        raise SystemExit(str(error)) from error
    sys.stdout.write(f"{notes}.sig\n")
    return 0


def notes_of(changelog: str, version: str, *, draft: bool) -> str:
    """The section of `version`. Raises ValueError where there is none, or where it has no day yet."""
    headings = list(_HEADING.finditer(changelog))
    for heading, following in zip(headings, [*headings[1:], None], strict=True):
        if heading["version"] == version:
            if not draft and not _DAY.fullmatch(heading["when"]):
                raise ValueError(
                    f"CHANGELOG.md calls {version} {heading['when']!r}: write its day there (2026-11-22), "
                    "or say DRAFT=1."
                )
            body = changelog[heading.end() : following.start() if following else len(changelog)]
            if not body.strip():
                raise ValueError(f"CHANGELOG.md says nothing of {version}.")
            return f"# Surtitle {version} ({heading['when']})\n\n{body.strip()}\n"
    there = ", ".join(heading["version"] for heading in headings)
    raise ValueError(f"CHANGELOG.md has no version {version}; it has {there}.")


def checksums(files: list[Path]) -> str:
    """A list of SHA-256, as `sha256sum --check` reads it: so the signature speaks for the files too."""
    if not files:
        return ""
    lines = [f"    {hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}" for file in sorted(files)]
    return "\n## Files (SHA-256)\n\n" + "\n".join(lines) + "\n"


def sign(notes: Path, key: Path) -> None:
    signature = notes.with_name(f"{notes.name}.sig")
    # ssh-keygen asks before it overwrites, and nobody may be there to answer.
    signature.unlink(missing_ok=True)
    words = ["ssh-keygen", "-q", "-Y", "sign", "-f", str(key.expanduser()), "-n", NAMESPACE, str(notes)]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not signature.exists():
        raise ValueError(f"ssh-keygen could not sign with {key}: {done.stderr.strip()[-300:]}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Write and sign the notes of a version.")
    parser.add_argument("version")
    parser.add_argument("files", type=Path, nargs="*", help="what is released; their checksums go in")
    parser.add_argument("--key", type=Path, help="a private key of OpenSSH, or the public one of an agent's")
    parser.add_argument("--draft", action="store_true", help="no signature, and no day, is well too")
    parser.add_argument("--folder", type=Path, default=Path("dist/release"))
    parser.add_argument("--changelog", type=Path, default=_CHANGELOG)
    return parser.parse_intermixed_args()


if __name__ == "__main__":
    sys.exit(main())
