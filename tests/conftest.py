"""What every test may ask for."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# no property depends on how fast the machine is today, or on chance that nobody can repeat
settings.register_profile("siyu", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("siyu")

pytest_plugins = ["postgres"]

_SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the checkout; tests that need it are skipped where it is not."""
    if not (_SHARED / "data").is_dir():
        pytest.skip(f"real data is not beside the checkout: {_SHARED}")
    return _SHARED
