"""What every test may ask for."""

from pathlib import Path

import pytest

pytest_plugins = ["postgres"]

_SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the checkout; tests that need it are skipped where it is not."""
    if not (_SHARED / "data").is_dir():
        pytest.skip(f"real data is not beside the checkout: {_SHARED}")
    return _SHARED
