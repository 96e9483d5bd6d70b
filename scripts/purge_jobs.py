"""The Video generator's name for `surtitle purge`: `python scripts/purge_jobs.py --older-than 30`."""

import sys

from surtitle.cli import main

sys.argv[1:1] = ["purge"]
main()
