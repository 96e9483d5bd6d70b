"""What `spark-submit` is given: `surtitle kpis compute --engine spark`, with the arguments that follow.

spark-submit --master spark://HOST:7077 --jars /usr/share/java/postgresql.jar deploy/spark/kpi_daily.py
"""

import sys

from surtitle.cli import main

sys.argv[1:1] = ["kpis", "compute", "--engine", "spark"]
main()
