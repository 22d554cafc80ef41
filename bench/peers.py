"""The peers' own environments: they never enter the product's. Made once in .bench/ from bench/peers*.txt."""

import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def peer_python(group: str = "") -> str:
    """Return the interpreter that has the peers installed; installs them at the first call.

    Args:
        group: Peers that do not get along with the others have an own list, ``peers_<group>.txt``, and environment.
    """
    end = f"_{group}" if group else ""
    venv = _HERE.parent / ".bench" / f"venv{end}"
    python, mark, wanted = venv / "bin" / "python", venv / ".peers", (_HERE / f"peers{end}.txt").read_text("utf-8")
    if not mark.exists() or mark.read_text("utf-8") != wanted:
        print(f"installing the peers into .bench/{venv.name} …", file=sys.stderr)
        uv = [sys.executable, "-m", "uv"] if _has_uv_module() else ["uv"]
        if not python.exists():
            subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, str(venv)], check=True)
        packages = [line.split("#")[0].strip() for line in wanted.splitlines()]
        subprocess.run(
            [*uv, "pip", "install", "--quiet", "--python", str(python), *[name for name in packages if name]],
            check=True,
        )
        mark.write_text(wanted, "utf-8")
    return str(python)


def _has_uv_module() -> bool:
    return subprocess.run([sys.executable, "-m", "uv", "--version"], capture_output=True, check=False).returncode == 0
