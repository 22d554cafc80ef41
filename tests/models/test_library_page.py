"""The worked examples of docs/library.md are run: every line that says what it gives gives that."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "library.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    return {}


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_every_example_gives_what_the_page_says(number: int, names: dict[str, Any]) -> None:
    for before in range(number if not names else 0):  # run alone, an example still needs those above it
        run(BLOCKS[before], names)
    assert run(BLOCKS[number], names) > 0


def run(block: str, names: dict[str, Any]) -> int:
    """Run a block; return how many lines were compared."""
    parts = re.split(r"^# -> (.*)\n", block, flags=re.MULTILINE)
    for code, said in zip(parts[::2], [*parts[1::2], None], strict=True):
        body = ast.parse(code).body
        last = body.pop() if said is not None else None
        exec(compile(ast.Module(body, []), str(PAGE), "exec"), names)
        if last is not None:
            assert isinstance(last, ast.Expr), code
            assert repr(eval(compile(ast.Expression(last.value), str(PAGE), "eval"), names)) == said
    return len(parts) // 2
