"""What a person reads when a command is asked without ``--json``."""

import json

import pytest

from siyu.app.cli.answer import answer


def _read(capsys: pytest.CaptureFixture[str], document: object, width: int = 80) -> str:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COLUMNS", str(width))
        answer(document, json=False)
    return capsys.readouterr().out


def test_nested_values_are_lines_under_their_name_and_never_python(capsys: pytest.CaptureFixture[str]) -> None:
    told = _read(capsys, {"rows": 5, "mapping": {"order": "order_id", "columns": {"at": "paid_at"}}, "none": None})
    assert "{" not in told
    assert [line.split() for line in told.splitlines() if line.strip()] == [
        ["rows", "5"],
        ["none", "-"],
        ["mapping"],
        ["order", "order_id"],
        ["mapping", "·", "columns"],
        ["at", "paid_at"],
    ]


def test_a_series_in_a_row_becomes_a_table_of_its_own_without_the_empty_end(capsys: pytest.CaptureFixture[str]) -> None:
    cohorts = [
        {"cohort": "2026-01", "share": [1.0, 0.5, None, None]},
        {"cohort": "2026-02", "share": [1.0, None, None, None]},
    ]
    lines = [line.split() for line in _read(capsys, {"cohorts": cohorts}).splitlines()]
    assert ["cohorts", "·", "share"] in lines
    assert ["cohort", "0", "1"] in lines
    assert ["2026-02", "1", "-"] in lines


def test_rows_too_wide_for_the_terminal_are_told_one_under_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"channel": "wecom", "note": "群发" * 30}, {"channel": "sms", "note": "short"}]
    told = _read(capsys, rows)
    assert told.count("channel") == 2
    assert _read(capsys, rows, width=200).count("channel") == 1


def test_square_brackets_of_people_are_text_and_not_colour(capsys: pytest.CaptureFixture[str]) -> None:
    assert "[bold]me[/bold]" in _read(capsys, {"said": "[bold]me[/bold]"})


def test_json_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    answer({"a": [1, {"b": "私域"}]}, json=True)
    assert json.loads(capsys.readouterr().out) == {"a": [1, {"b": "私域"}]}
