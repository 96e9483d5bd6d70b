"""The Video generator's name for `surtitle artifacts reissue JOB [NAME]`."""

import sys

from surtitle.cli import main

sys.argv[1:1] = ["artifacts", "reissue"]
main()
