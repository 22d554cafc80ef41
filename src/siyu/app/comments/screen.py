"""Screen (筛评论): look at every comment that came in; inquiries go to the desk, complaints to after-sales."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from siyu.app.comments.encoder import installed_encoder
from siyu.app.comments.finder_file import read_finder
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.kernel.ids import id_text
from siyu.kernel.period import MINUTE
from siyu.stores.sql.comment_leads import Comment, KeptLead, SqlCommentLeads
from siyu.stores.sql.vault_rows import SqlVault
from siyu.touchpoints import comment_finder
from siyu.touchpoints.comment import INQUIRIES, Intent
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

#: A lead should be answered within this, if the brand says nothing else.
SLA: Final = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class Screened:
    """What a screening found."""

    comments: int
    leads: int
    complaints: int


def screen(workspace: Workspace, *, sla_us: int = SLA) -> Screened:
    """Look at every comment that came in since the last time; leads go to the queue, complaints to after-sales.

    A complaint becomes a touch of its own, which silences marketing to its writer. Every turn calls this, and so does
    the lake before it takes touches out of the log: no comment leaves unread. Run it as often as you like, also from
    several processes: what was found is there once.
    """
    database = workspace.database
    with database.write() as connection:
        upto = SqlCommentLeads(connection).last_touch()
    finder = None
    seen = leads = complaints = 0
    while True:
        with database.read() as connection:
            comments, last = SqlCommentLeads(connection).unscreened(upto)
        found: list[tuple[Comment, float, str, int]] = []
        if comments:
            finder = finder or read_finder(workspace.folder)
            encoder = installed_encoder() if finder.meaning.size else None
            texts = [one.text for one in comments]
            probability, intents, _meant = comment_finder.find(finder, texts, encoder=encoder)
            found = [
                (one, float(p), intent.value, one.at_us + sla_us)
                for one, p, intent in zip(comments, probability, intents, strict=True)
                if intent in INQUIRIES and one.identifier_id
            ]
            angry = [one for one, intent in zip(comments, intents, strict=True) if intent is Intent.COMPLAINT]
            complaints += complain(workspace, angry)  # before the mark is set: a crash in between repeats it, once
        with database.write() as connection:
            store = SqlCommentLeads(connection)
            store.add(found)
            store.screened(last)
        seen, leads = seen + len(comments), leads + len(found)
        if last >= upto:
            return Screened(seen, leads, complaints)


def complain(workspace: Workspace, comments: Sequence[Comment]) -> int:
    """Open a complaint for each comment; return how many. The same comment again opens none."""
    numbers = [one.identifier_id for one in comments if one.identifier_id]
    if not numbers:
        return 0
    with workspace.database.read() as connection:
        names = SqlVault(connection, workspace.vault).identifiers(numbers)
        spaces = SqlCommentLeads(connection).namespaces(numbers)
    now = workspace.clock.now_us()
    touches = [
        _complaint(one, Identifier(spaces[one.identifier_id], names[one.identifier_id]), now)
        for one in comments
        if one.identifier_id in names
    ]
    if touches:
        TakeIn(workspace).take(touches)
    return len(touches)


def comment_of(kept: KeptLead) -> Comment:
    """Return the comment that a lead was found in."""
    return Comment(
        kept.touch_id, kept.identifier_id, kept.channel, kept.content_id, kept.commented_at_us, kept.text
    )  # fmt: skip


def _complaint(one: Comment, who: Identifier, now: int) -> Touch:
    return touch(
        one.channel, TouchKind.COMPLAINT, happened_at_us=one.at_us, received_at_us=now, actors=(who,), scene="comment",
        content_id=one.content_id, about=id_text(one.touch_id), event_key=f"comment {id_text(one.touch_id)}",
    )  # fmt: skip
