"""Where the recordings of the repository are."""

from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
FIXTURES = REPOSITORY / "recordings" / "fixtures"
