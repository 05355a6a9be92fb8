"""Run the whole chain under spark-submit.

``spark-submit --packages io.delta:delta-spark_4.1_2.13:4.4.0 jobs/run_all.py --run-date 2026-03-01 --lake URI``
"""

from __future__ import annotations

import sys

from revenuer.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", "all", *sys.argv[1:]]))
