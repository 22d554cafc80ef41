"""A machine that cannot go on, or a person who stops it, is one clear line, never a traceback."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from app.cli.command_line import Siyu

_SMALL_FILES = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
from siyu.app.cli import main
main()
"""


def _run(program: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=False)


def test_a_disk_that_is_full_is_one_clear_line_and_the_next_import_completes_it(siyu: Siyu, tmp_path: Path) -> None:
    siyu("init", str(tmp_path / "w"))
    file = tmp_path / "orders.csv"
    rows = (f"{number},c{number},2025-01-02,12.50" for number in range(6_000))
    file.write_text("\n".join(("order_id,customer_id,date,amount", *rows)), "utf-8")
    words = ("import", "orders", str(file), "--workspace", str(tmp_path / "w"), "--json")
    ran = _run(_SMALL_FILES, *words)
    assert (ran.returncode, ran.stdout, len(ran.stderr.splitlines())) == (2, "", 1), ran.stderr
    assert "the database says" in ran.stderr
    done = siyu.answered("import", "orders", str(file))
    assert done["accepted"] + done["duplicates"] == 6_000
    assert siyu.answered("import", "orders", str(file))["duplicates"] == 6_000


def test_a_command_that_is_stopped_says_so_in_one_line(tmp_path: Path) -> None:
    program = "from siyu.app.cli import main; main()"
    command = [sys.executable, "-c", program, "touch", "read", "--workspace", str(tmp_path / "w")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as waits:
        while not (tmp_path / "w" / "keys" / "master.key").exists():  # from then on it waits for its standard input
            assert waits.poll() is None
            time.sleep(0.05)
        waits.send_signal(signal.SIGINT)
        out, err = waits.communicate()
    assert (waits.returncode, out, err) == (130, "", "stopped\n")
