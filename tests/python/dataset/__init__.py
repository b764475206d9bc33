"""Tests of the data sets and the evaluation in bench/photogrammetry, which is no part of the runner's Python."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "bench" / "photogrammetry"))
