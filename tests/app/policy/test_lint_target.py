"""What may be handed to the lint, and what it says of things that it cannot judge."""

import threading
from collections.abc import Iterator
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import segno
from PIL import Image

from app.shop import open_shop
from siyu.app.policy.lint_target import lint_target
from siyu.app.policy.play_words import words_of_play
from siyu.campaigns.play import plays
from siyu.kernel.errors import BadInputError
from siyu.policy.lint import lint_text

TODAY = date(2026, 11, 22)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    file = tmp_path / "code.png"
    segno.make("https://weixin.qq.com/r/abc").save(str(file), scale=6)
    return file


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_code_in_a_picture_is_read_and_forbidden_where_codes_are(code: Path) -> None:
    found = lint_target(str(code), platform="douyin", on=TODAY)
    assert {one.rule for one in found.findings} >= {"contact_code", "contact_link"}
    allowed = lint_target(str(code), platform="wecom", on=TODAY)
    assert allowed.findings == []


def test_no_picture_is_called_clean_while_its_words_are_not_read(tmp_path: Path) -> None:
    file = tmp_path / "empty.png"
    Image.new("RGB", (40, 40), "white").save(file)
    found = lint_target(str(file), platform="wecom", on=TODAY)
    assert found.findings == []
    assert not found.clean
    assert "OCR" in found.not_checked[0]


def test_a_picture_is_fetched_by_its_address(code: Path, served: str) -> None:
    found = lint_target(f"{served}/{code.name}", platform="douyin", on=TODAY)
    assert found.target == "picture"
    assert found.findings[0].rule == "contact_code"


def test_a_picture_that_is_not_there_is_not_called_clean(served: str) -> None:
    found = lint_target(f"{served}/gone.png", platform="douyin", on=TODAY)
    assert (found.findings, found.clean) == ([], False)
    assert "could not be fetched" in found.not_checked[0]


def test_a_play_is_linted_by_what_it_says_to_people_of_all_sorts() -> None:
    found = lint_target("first_purchase", platform="wecom", on=TODAY)
    assert found.target == "play"
    assert found.clean


@pytest.mark.parametrize("name", sorted(plays()))
def test_every_play_has_words_and_none_breaks_a_clause(name: str) -> None:
    words = words_of_play(plays()[name])
    assert words
    assert [one for text in words for one in lint_text(text, platform="wecom", on=TODAY)] == []


def test_a_name_that_nothing_has_is_a_text(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path / "shop")
    workspace.close()
    found = lint_target("全网最低", platform="wecom", on=TODAY, workspace=tmp_path / "shop")
    assert (found.target, found.findings[0].rule) == ("text", "absolute_words")


def test_a_plan_in_a_file_is_a_plan_and_a_missing_file_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_bytes("platform: 抖音\ntext: 加V聊\n".encode("gb18030"))
    found = lint_target(str(file), platform="wecom", on=TODAY)
    assert (found.target, found.findings[0].rule) == ("plan", "contact_wechat")
    with pytest.raises(BadInputError, match="no such file"):
        lint_target(str(tmp_path / "gone.yaml"), platform="wecom", on=TODAY)
