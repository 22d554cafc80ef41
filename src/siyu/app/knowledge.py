"""Settle what was answered, and find it again."""

from pathlib import Path
from typing import Any

from siyu.app.intake.tables import read_table
from siyu.app.workspace import Workspace
from siyu.communities.knowledge import Entry, Index, entry, new_ones
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import id_of_text, id_text
from siyu.stores.sql.comment_leads import SqlCommentLeads
from siyu.stores.sql.knowledge import SqlKnowledge

__all__ = ["drop", "listed", "search", "settle_answers", "settle_file"]


def settle_answers(workspace: Workspace) -> dict[str, int]:
    """Settle what staff answered to comments; what is known already, or nearly, is not settled twice.

    Returns:
        How many answers there were, and how many of them are new.
    """
    with workspace.database.write() as connection:
        answered = SqlCommentLeads(connection).answered()
        offered = [
            entry(
                one.text,
                one.answer,
                topic=one.intent,
                source=f"comment:{one.channel}",
                said_at_us=one.answered_at_us,
            )
            for one in answered
            if one.text
        ]
        return _settle(SqlKnowledge(connection), offered)


def settle_file(workspace: Workspace, file: Path, *, question: str, answer: str, topic: str = "") -> dict[str, int]:
    """Settle questions and answers of a file: a handbook, an export of a chat.

    Args:
        question, answer, topic: The file's columns; rows without both texts are left out and counted.

    Raises:
        BadInputError: there is no such file or column.
    """
    table = read_table(file)
    for name in filter(None, (question, answer, topic)):
        if name not in table.columns:
            raise BadInputError(f"no column {name!r}", where=str(file), mend=f"there are {', '.join(table.columns)}")
    now = workspace.clock.now_us()
    texts = table.select(question, answer, *filter(None, (topic,))).rows()
    offered = [
        entry(str(row[0]), str(row[1]), topic=str(row[2] or "") if topic else "", source=file.name, said_at_us=now)
        for row in texts
        if row[0] and row[1]
    ]
    with workspace.database.write() as connection:
        done = _settle(SqlKnowledge(connection), offered)
    return done | {"left_out": len(texts) - len(offered)}


def search(workspace: Workspace, asked: str, *, topic: str = "", most: int = 10) -> list[dict[str, Any]]:
    """Return the entries that fit what is asked, the best first.

    Raises:
        BadInputError: nothing is asked.
    """
    if not asked.strip():
        raise BadInputError("say what to look for", where="asked")
    with workspace.database.read() as connection:
        known = SqlKnowledge(connection).all(topic=topic)
    return [_told(one) | {"score": round(score, 4)} for one, score in Index(known).search(asked, most=most)]


def listed(workspace: Workspace, *, topic: str = "", most: int = 50) -> list[dict[str, Any]]:
    """Return the newest entries."""
    with workspace.database.read() as connection:
        return [_told(one) for one in SqlKnowledge(connection).all(topic=topic)[:most]]


def drop(workspace: Workspace, entry_id: str) -> None:
    """Forget an entry that is wrong or outdated.

    Raises:
        BadInputError: there is no such entry.
    """
    with workspace.database.write() as connection:
        if not SqlKnowledge(connection).drop(id_of_text(entry_id)):
            raise BadInputError(f"there is no entry {entry_id}", mend="`siyu knowledge list` names them")


def _settle(store: SqlKnowledge, offered: list[Entry]) -> dict[str, int]:
    new = new_ones(store.all(), offered)
    store.add(new)
    return {"answers": len(offered), "settled": len(new)}


def _told(one: Entry) -> dict[str, Any]:
    return {
        "entry": id_text(one.entry_id),
        "question": one.question,
        "answer": one.answer,
        "topic": one.topic,
        "source": one.source,
        "said_at_us": one.said_at_us,
    }
