#!/usr/bin/env python3
"""Draws the secrets of an installation, and a certificate to begin with. It overwrites nothing.

What is drawn lies in `secrets/drawn`, one value a file. From that come the files that each server reads, in
a folder of its own (`secrets/db`, `secrets/redis`, …) that is mounted into its containers and into no other.
The folder `secrets` lets its owner in and nobody else; inside, files can be read by the users whom servers
run as, so that none of them needs root.

Needs Python 3.11 and the program openssl, nothing that is installed with Surtitle: it runs before that.
"""

import argparse
import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

DAYS = "825"
"""How long the first certificate lasts; browsers take none that lasts longer."""

# By the folder and name of each file: its content, made of what was drawn.
FILES: dict[str, Callable[[dict[str, str]], str]] = {
    "db/password": lambda drawn: drawn["database"],
    "db/superuser_password": lambda drawn: drawn["superuser"],
    "redis/users.acl": lambda drawn: acl(drawn["redis"]),
    "s3/s3.json": lambda drawn: identities(drawn["s3_access"], drawn["s3_secret"]),
    "prometheus/metrics_token": lambda drawn: drawn["metrics"],
    "grafana/admin_password": lambda drawn: drawn["grafana"],
    "surtitle/surtitle_database__password": lambda drawn: drawn["database"],
    "surtitle/surtitle_hub__url": lambda drawn: f"redis://surtitle:{drawn['redis']}@redis:6379/0",
    "surtitle/surtitle_storage__access_key": lambda drawn: drawn["s3_access"],
    "surtitle/surtitle_storage__secret_key": lambda drawn: drawn["s3_secret"],
    "surtitle/surtitle_accounts__secret_key": lambda drawn: drawn["signing"],
    "surtitle/surtitle_server__metrics_token": lambda drawn: drawn["metrics"],
}
# Those that hold what an operator brings: certificates, and the keys of who is told of alerts.
FOLDERS = sorted({"traefik", "alertmanager", *(name.partition("/")[0] for name in FILES)})
DRAWN = ("database", "superuser", "redis", "s3_access", "s3_secret", "metrics", "grafana", "signing")


def main() -> None:
    options = _options()
    os.umask(0o077)
    place: Path = options.folder
    made = write_secrets(place / "secrets", database=variable("POSTGRES_PASSWORD"))
    made += write_certificate(place / "secrets" / "traefik", variable("DOMAIN") or "localhost")
    give_to_owner(place / "secrets")
    for given in options.own:
        name, _, user = given.partition("=")
        volume = Path(name)
        # A volume is empty when it is given away: afterwards its files are theirs by themselves.
        if volume.stat().st_uid != int(user):
            os.chown(volume, int(user), int(user))
    told = f"{len(made)} file(s) written below {place}" if made else "nothing: all of it was there"
    sys.stdout.write(f"Secrets and certificate: {told}.\n")


def write_secrets(place: Path, *, database: str = "") -> list[Path]:
    """Draw what is missing. `database`: a password for the database that somebody chose before."""
    place.mkdir(exist_ok=True)
    place.chmod(0o700)
    drawn_folder = place / "drawn"
    drawn_folder.mkdir(exist_ok=True, mode=0o700)
    drawn: dict[str, str] = {}
    made: list[Path] = []
    for name in DRAWN:
        fresh = database if name == "database" and database else secrets.token_urlsafe(32)
        made += written(drawn_folder / name, fresh + "\n", 0o600)
        drawn[name] = (drawn_folder / name).read_text().strip()
    for folder in FOLDERS:
        (place / folder).mkdir(exist_ok=True)
        (place / folder).chmod(0o755)
    for name, content in FILES.items():
        # No line break: `kubectl create secret` would keep it, and a token with one fits into no header.
        made += written(place / name, content(drawn), 0o444)
    return made


def write_certificate(place: Path, domain: str) -> list[Path]:
    """A key, and a certificate that nobody vouches for, until the operator's own lie there."""
    key, certificate = place / "tls.key", place / "tls.crt"
    made: list[Path] = []
    if not key.exists():
        made += written(
            key, openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"), 0o444
        )
    if not certificate.exists():
        names = f"subjectAltName=DNS:{domain},DNS:localhost,IP:127.0.0.1"
        about = ("-days", DAYS, "-subj", f"/CN={domain}", "-addext", names)
        made += written(certificate, openssl("req", "-x509", "-new", "-key", str(key), *about), 0o444)
    return made


def openssl(*arguments: str) -> str:
    """What the program says; it ends ours where it fails or is not there."""
    try:
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        raise SystemExit("openssl is needed to make a certificate: install it, or run `make up`.") from None
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"openssl {arguments[0]} failed: {error.stderr.strip()[-300:]}") from error
    return done.stdout


def written(file: Path, content: str, mode: int) -> list[Path]:
    """Write `file` whole, unless it is there. Of two programs at once, one wins and the other heeds it."""
    if file.exists():
        return []
    handle, partial = tempfile.mkstemp(dir=file.parent, prefix=".partial-")
    try:
        with os.fdopen(handle, "w") as open_file:
            open_file.write(content)
            open_file.flush()
            os.fsync(open_file.fileno())
        Path(partial).chmod(mode)
        os.link(partial, file)
    except FileExistsError:
        return []
    finally:
        Path(partial).unlink()
    return [file]


def give_to_owner(folder: Path) -> None:
    """In a container this program is root, and the secrets belong to whoever has the repository."""
    owner = folder.stat()
    for path in folder.rglob("*"):
        os.chown(path, owner.st_uid, owner.st_gid)


def acl(password: str) -> str:
    """Redis' users: ours, with the hash of its password; a stranger may ask whether it lives."""
    digest = hashlib.sha256(password.encode()).hexdigest()
    return f"user default on nopass resetchannels -@all +ping\nuser surtitle on #{digest} ~* &* +@all -@admin"


def identities(access: str, secret: str) -> str:
    """Who may use the store: Surtitle, which also makes its bucket when it first writes."""
    credentials = [{"accessKey": access, "secretKey": secret}]
    surtitle = {"name": "surtitle", "credentials": credentials, "actions": ["Admin"]}
    return json.dumps({"identities": [surtitle]})


def variable(name: str) -> str:
    """From the environment, else from `.env` where the command is given, as compose reads it."""
    if name in os.environ:
        return os.environ[name].strip()
    file = Path(".env")
    lines = file.read_text().splitlines() if file.is_file() else []
    found = [match[1] for line in lines if (match := re.fullmatch(rf"(?:export )?{name}=(.*)", line.strip()))]
    return found[-1].strip().strip("'\"") if found else ""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Draw what secrets are missing.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--own", action="append", default=[], metavar="VOLUME=UID", help="who writes there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
