"""The benchmarks are scripts, no package: their folder is on the path, as when one of them runs."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
