"""Certificates that a server's must be signed by."""

import ssl
from pathlib import Path

from surtitle.errors import Invalid


def trust_in(ca_file: Path | None, variable: str) -> ssl.SSLContext:
    """Trust in these alone; None for those of the system. Raises `Invalid`, naming the variable, where the
    file cannot be read or holds none.
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        why = "it holds no certificate in PEM" if isinstance(error, ssl.SSLError) else error.strerror
        raise Invalid(
            f"{variable}: {ca_file} cannot be used ({why}). Name a file with the certificates that the "
            "server's must be signed by, or unset it for those of the system."
        ) from error
