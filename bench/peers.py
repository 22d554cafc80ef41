"""The peers' own environment: they never enter the product's. Made once in .bench/venv from bench/peers.txt."""

import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_VENV = _HERE.parent / ".bench" / "venv"


def peer_python() -> str:
    """Return the interpreter that has the peers installed; installs them at the first call."""
    python, mark, wanted = _VENV / "bin" / "python", _VENV / ".peers", (_HERE / "peers.txt").read_text("utf-8")
    if not mark.exists() or mark.read_text("utf-8") != wanted:
        print("installing the peers into .bench/venv …", file=sys.stderr)
        uv = [sys.executable, "-m", "uv"] if _has_uv_module() else ["uv"]
        if not python.exists():
            subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(_VENV)], check=True)
        packages = [line.split("#")[0].strip() for line in wanted.splitlines()]
        subprocess.run(
            [*uv, "pip", "install", "--quiet", "--python", str(python), *[name for name in packages if name]],
            check=True,
        )
        mark.write_text(wanted, "utf-8")
    return str(python)


def _has_uv_module() -> bool:
    return subprocess.run([sys.executable, "-m", "uv", "--version"], capture_output=True, check=False).returncode == 0
