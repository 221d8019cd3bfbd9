"""The team's shared samples, which stand beside our checkouts but not beside a stranger's clone."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"no shared samples at {SHARED}: only the team has them")
