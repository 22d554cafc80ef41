"""``siyu knowledge``: what was asked and answered, settled and found again."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from siyu.app import knowledge
from siyu.app.cli.answer import answer
from siyu.app.workspace import open_workspace

app = App(
    name="knowledge", help="Settled knowledge 内容沉淀: questions and the brand's own answers, found by their words."
)
_Topic = Annotated[str, Parameter(help="Only this topic.")]


@app.command
def settle(
    file: Path | None = None,
    *,
    question: str = "question",
    answer_: Annotated[str, Parameter(name="--answer", help="The file's column of answers.")] = "answer",
    topic: Annotated[str, Parameter(help="The file's column of topics.")] = "",
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Settle what staff answered to comments or, with a file, its questions and answers."""
    with open_workspace(workspace) as opened:
        if file is None:
            done = knowledge.settle_answers(opened)
        else:
            done = knowledge.settle_file(opened, file, question=question, answer=answer_, topic=topic)
    answer(done, json=json)


@app.command
def search(*asked: str, topic: _Topic = "", most: int = 10, workspace: Path | None = None, json: bool = False) -> None:
    """Find what was answered before, the best fit first."""
    with open_workspace(workspace) as opened:
        found = knowledge.search(opened, " ".join(asked), topic=topic, most=most)
    answer({"entries": found}, json=json)


@app.command(name="list")
def list_(*, topic: _Topic = "", most: int = 50, workspace: Path | None = None, json: bool = False) -> None:
    """List what is settled, the newest first."""
    with open_workspace(workspace) as opened:
        answer({"entries": knowledge.listed(opened, topic=topic, most=most)}, json=json)


@app.command
def drop(entry: str, *, workspace: Path | None = None, json: bool = False) -> None:
    """Forget an entry that is wrong or outdated."""
    with open_workspace(workspace) as opened:
        knowledge.drop(opened, entry)
    answer({"dropped": entry}, json=json)
