from __future__ import annotations

import sys
from pathlib import Path

# The scripts of benchmarks/ import each other as a script's neighbours do.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
