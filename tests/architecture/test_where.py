"""The map tells the truth."""

import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_PATH = re.compile(r"`((?:src|tests|docs|bench|tools)/[\w./-]+)`")


@pytest.mark.parametrize("document", ["docs/where.md", "docs/requirements.md"])
def test_every_path_is_there(document: str) -> None:
    text = (_ROOT / document).read_text("utf-8")
    paths = set(_PATH.findall(text))
    assert len(paths) > 40
    assert not [path for path in sorted(paths) if not (_ROOT / path).exists()]


def test_every_decision_is_in_the_index() -> None:
    folder = _ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text("utf-8")
    pages = sorted(page.name for page in folder.glob("0*.md"))
    assert pages
    assert [page for page in pages if f"]({page})" not in index] == []
    for page in pages:
        text = (folder / page).read_text("utf-8")
        assert "**Decision.**" in text, page
        assert "**Consequences.**" in text, page


def test_every_link_in_the_documents_leads_somewhere() -> None:
    documents = [*_ROOT.glob("*.md"), *(_ROOT / "docs").rglob("*.md")]
    links = [
        (document, target)
        for document in documents
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text("utf-8"))
        if "://" not in target
    ]
    broken = [f"{document.name}: {target}" for document, target in links if not (document.parent / target).exists()]
    assert broken == []


def test_every_requirement_has_a_row_and_a_state() -> None:
    text = (_ROOT / "docs" / "requirements.md").read_text("utf-8")
    rows = re.findall(r"^\| ([AB]\d+) \| [^|]+ \| (done|part|open) \| ([^|]*) \| ([^|]*) \|", text, re.MULTILINE)
    assert len(rows) == len({name for name, *_ in rows}) == 182
    assert [name for name, state, file, test in rows if state != "open" and not (file.strip() and test.strip())] == []
