"""The command line: thin commands over the services that the web uses too."""


def main() -> None:
    """The program `surtitle`."""
    # Here, so that importing one command's module does not bring all of them in.
    from surtitle.cli.app import run  # noqa: PLC0415

    run()
