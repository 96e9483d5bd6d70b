"""What is in an image, as a CycloneDX document: Debian's packages and Python's. Nothing in it is run.

`podman export CONTAINER | python image_sbom.py --name surtitle --version 0.1.0 -o image.cdx.json`: reads the
file system of a container as a tar archive, from a file or from standard input.
"""

import argparse
import json
import sys
import tarfile
import uuid
from collections.abc import Iterator
from email.parser import BytesHeaderParser
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.parse import quote

_STATUS = PurePosixPath("var/lib/dpkg/status")
_RELEASE = {PurePosixPath("etc/os-release"), PurePosixPath("usr/lib/os-release")}

Component = dict[str, Any]


def main() -> int:
    options = _options()
    stream = sys.stdin.buffer if str(options.archive) == "-" else options.archive.open("rb")
    with stream, tarfile.open(fileobj=stream, mode="r|*") as archive:
        components = contents(archive)
    if not components:
        sys.stderr.write("The archive holds no packages: is it the file system of a container?\n")
        return 1
    options.output.write_text(
        json.dumps(document(options.name, options.version, components), indent=2) + "\n"
    )
    sys.stdout.write(f"{options.output}: {len(components)} packages\n")
    return 0


def contents(archive: tarfile.TarFile) -> list[Component]:
    """Every package of Debian's and of Python's, by its purl."""
    system, found = "debian", dict[str, Component]()
    debian: list[dict[str, str]] = []
    for member in archive:
        place = PurePosixPath(member.name)
        opened = archive.extractfile(member) if member.isfile() else None
        if opened is None:
            continue
        if place in _RELEASE:
            system = release(opened).get("ID", system)
        elif place == _STATUS:
            debian = list(paragraphs(opened))
        elif place.name == "METADATA" and place.parent.suffix == ".dist-info":
            found |= keyed(python_package(opened))
    for package in debian:
        if package.get("Status", "").endswith(" installed"):
            found |= keyed(debian_package(package, system))
    return [found[purl] for purl in sorted(found)]


def keyed(component: Component) -> dict[str, Component]:
    return {component["purl"]: component}


def python_package(file: IO[bytes]) -> Component:
    told = BytesHeaderParser().parsebytes(file.read())
    name, version = str(told["Name"]), str(told["Version"])
    licence = told["License-Expression"] or told["License"] or ""
    purl = f"pkg:pypi/{quote(name.lower().replace('_', '-'))}@{quote(version)}"
    one_line = licence if len(licence.splitlines()) == 1 else ""
    return component(name, version, purl, one_line)


def debian_package(package: dict[str, str], system: str) -> Component:
    name, version = package["Package"], package["Version"]
    purl = f"pkg:deb/{quote(system)}/{quote(name)}@{quote(version)}?arch={quote(package['Architecture'])}"
    return component(name, version, purl, "")


def component(name: str, version: str, purl: str, licence: str) -> Component:
    licences = {"licenses": [{"license": {"name": licence}}]} if licence else {}
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, **licences}


def paragraphs(file: IO[bytes]) -> Iterator[dict[str, str]]:
    """Debian's control files: fields, with a blank line between packages. Continued lines are left out."""
    fields: dict[str, str] = {}
    for line in file.read().decode(errors="replace").splitlines():
        if not line.strip():
            if fields:
                yield fields
            fields = {}
        elif not line[0].isspace():
            key, _, value = line.partition(":")
            fields[key] = value.strip()
    if fields:
        yield fields


def release(file: IO[bytes]) -> dict[str, str]:
    lines = (line.partition("=") for line in file.read().decode(errors="replace").splitlines())
    return {key: value.strip('"') for key, _, value in lines}


def document(name: str, version: str, components: list[Component]) -> dict[str, Any]:
    """The same image gives the same document: its serial number comes from what is in it."""
    inside = json.dumps(components, sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, inside)}",
        "version": 1,
        "metadata": {"component": {"type": "container", "bom-ref": name, "name": name, "version": version}},
        "components": components,
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Write down what is in an image.")
    parser.add_argument(
        "archive", type=Path, nargs="?", default=Path("-"), help="the tar; - for standard input"
    )
    parser.add_argument("--name", default="surtitle")
    parser.add_argument("--version", required=True)
    parser.add_argument("-o", "--output", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
