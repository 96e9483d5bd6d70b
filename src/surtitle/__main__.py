"""`python -m surtitle` is `surtitle`."""

from surtitle.cli import main

if __name__ == "__main__":
    main()
