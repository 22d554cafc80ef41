"""``siyu comment``: find inquiries among comments, and learn what this brand's inquiries look like."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import polars as pl
from cyclopts import App, Parameter

from siyu.app.cli.answer import answer, notes
from siyu.app.comments import leads as comment_leads
from siyu.app.comments import replies
from siyu.app.comments.comment_file import labels_of, read_comments
from siyu.app.comments.encoder import HOW_TO_INSTALL, installed_encoder
from siyu.app.comments.finder_file import read_finder, write_finder
from siyu.app.comments.screen import screen
from siyu.app.views import comment_chain
from siyu.app.workspace import default_workspace, make_workspace, open_workspace
from siyu.kernel.errors import BadInputError
from siyu.touchpoints import comment_finder, comment_learning
from siyu.touchpoints.comment import INQUIRIES, threshold
from siyu.touchpoints.comment_explaining import explain as explain_comment
from siyu.touchpoints.hired_comments import rings

app = App(name="comment", help="Find inquiries among comments 评论线索, and learn from labels.")


@app.command
def learn(
    labelled: Path,
    *,
    text: str = "text",
    lead: str = "lead",
    workspace: Annotated[Path | None, Parameter(help="Where to keep what was learned.")] = None,
    add: bool = False,
    meaning: bool = True,
    cost_of_miss: float = 1.0,
    cost_of_false_alarm: float = 1.0,
    json: bool = False,
) -> None:
    """Learn from a file of labelled comments.

    Args:
        labelled: CSV, TSV, JSON lines or Parquet.
        text: The column with the comment.
        lead: The column that is 1 for an inquiry and 0 otherwise.
        add: Build on what this workspace learned before; without it, learning starts from the shipped finder.
        meaning: Learn the meaning stage too, where the encoder is installed.
        cost_of_miss: What an unanswered inquiry costs; sets the threshold together with the next.
        cost_of_false_alarm: What a needless look costs.
    """
    folder = workspace or default_workspace()
    limit = threshold(cost_of_miss, cost_of_false_alarm)
    rows = read_comments(labelled, text, lead)
    places, labels, problems = labels_of(rows[lead].to_list(), labelled)
    for problem in problems[:5]:
        notes.print(problem, markup=False)
    texts = rows[text].to_list()
    make_workspace(folder)
    before = read_finder(folder) if add else comment_learning.shipped_finder()
    encoder = _encoder() if meaning else None
    learned = comment_learning.learn(before, [texts[place] for place in places], labels, encoder=encoder)
    write_finder(folder, replace(learned.finder, threshold=limit))
    document: dict[str, Any] = {
        "comments": learned.comments,
        "leads": learned.leads,
        "set_aside": len(problems),
        "held_out": {
            "average_precision": learned.average_precision,
            "best_f1": learned.best_f1,
            "auc": learned.auc,
            "patterns_and_letters_average_precision": learned.letters_average_precision,
        },
        "stages": ["patterns", "letters", *(["meaning"] if encoder else [])],
        "threshold": limit,
    }
    answer(document, json=json)


@app.command
def find(
    file: Path,
    *,
    text: str = "text",
    out: Path | None = None,
    workspace: Path | None = None,
    writer: str = "",
    post: str = "",
    share: float | None = None,
    meaning: bool = True,
    cost_of_miss: float | None = None,
    cost_of_false_alarm: float | None = None,
    json: bool = False,
) -> None:
    """Say of each comment how probable an inquiry is and what it asks.

    Args:
        file: CSV, TSV, JSON lines or Parquet.
        text: The column with the comment.
        out: Where to write ``text,probability,intent``, one row per comment in the order of the file.
        writer: The column with who wrote it; together with the next, comments that look hired are shown too.
        post: The column with what it was written under.
        share: Share of inquiries among these comments, if known; estimated otherwise.
        meaning: Let the encoder read uncertain comments, where it is installed and was learned with.
        cost_of_miss: What an unanswered inquiry costs; together with the next it replaces the learned threshold.
        cost_of_false_alarm: What a needless look costs.
    """
    if share is not None and not 0 < share < 1:
        raise BadInputError(f"{share} is no share", where="--share", mend="write a number between 0 and 1")
    folder = workspace or default_workspace()
    finder = read_finder(folder)
    if cost_of_miss is not None or cost_of_false_alarm is not None:
        limit = threshold(
            1.0 if cost_of_miss is None else cost_of_miss, 1.0 if cost_of_false_alarm is None else cost_of_false_alarm
        )
        finder = replace(finder, threshold=limit)
    if bool(writer) != bool(post):
        raise BadInputError("hired comments are told by writer and post", where="--writer and --post", mend="name both")
    rows = read_comments(file, *dict.fromkeys(column for column in (text, writer, post) if column))
    texts = rows[text].to_list()
    encoder = _encoder() if meaning and finder.meaning.size else None
    probability, intents, seen = comment_finder.find(finder, texts, encoder=encoder, share=share)
    scored = pl.DataFrame(
        {"text": texts, "probability": probability, "intent": [intent.value for intent in intents]},
        schema={"text": pl.String, "probability": pl.Float64, "intent": pl.String},
    )
    if out is not None:
        try:
            scored.write_csv(out)
        except OSError as error:
            raise BadInputError(f"cannot write it: {error.strerror or error}", where=str(out)) from error
    counts = {intent.value: sum(found is intent for found in intents) for intent in sorted(set(intents))}
    document: dict[str, Any] = {
        "comments": len(texts),
        "leads": sum(intent in INQUIRIES for intent in intents),
        "expected_leads": float(probability.sum()),
        "intents": counts,
        "read_by_meaning": int(seen.sum()),
        "threshold": finder.threshold,
        "learned_from": finder.labels,
        "out": str(out) if out else None,
    }
    if writer:
        found = rings(texts, rows[writer].to_list(), rows[post].to_list())
        document["hired"] = [
            {
                "writers": list(ring.writers),
                "posts": list(ring.posts),
                "rows": [place + 1 for place in ring.comments],
                "wordings": list(ring.wordings),
            }
            for ring in found
        ]
    answer(document, json=json)


@app.command
def explain(comment: str, *, workspace: Path | None = None, json: bool = False) -> None:
    """Show which characters of one comment speak for an inquiry and which against."""
    finder = read_finder(workspace or default_workspace())
    probability, intents, seen = comment_finder.find(finder, [comment])
    found = comment_finder.findings(probability, intents, seen)[0]
    reasons = [
        {"characters": comment[reason.start : reason.stop], "weight": round(reason.weight, 3)}
        for reason in explain_comment(finder, comment)
    ]
    answer({"probability": found.probability, "intent": found.intent.value, "reasons": reasons}, json=json)


@app.command
def desk(*, staff: str = "", most: int = 50, workspace: Path | None = None, json: bool = False) -> None:
    """Screen new comments, then show what to answer next, and which answers are not out yet.

    The most urgent comes first, with the clock of each; what waits to be said by hand is booked with ``said``.
    """
    with open_workspace(workspace) as opened:
        screened, waiting = screen(opened), comment_leads.desk(opened, staff=staff, most=most)
        answer({"screened": screened, "queue": waiting, "under_way": replies.under_way(opened, staff=staff)}, json=json)


@app.command
def claim(
    lead: str, staff: str, *, hand_over_from: str = "", workspace: Path | None = None, json: bool = False
) -> None:
    """Give a lead to a member of staff, or hand it over."""
    with open_workspace(workspace) as opened:
        comment_leads.claim(opened, lead, staff, from_staff=hand_over_from)
    answer({"lead": lead, "claimed_by": staff}, json=json)


@app.command
def reply(
    lead: str,
    staff: str,
    words: str,
    *,
    promised: Annotated[str, Parameter(help="What the answer promises; it must be kept with proof.")] = "",
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Answer a lead: through the platform's API where it has one, else as a task for the staff member."""
    with open_workspace(workspace) as opened:
        answer(replies.reply(opened, lead, staff, words, promised=promised), json=json)


@app.command
def said(lead: str, *, workspace: Path | None = None, json: bool = False) -> None:
    """Book that an answer by hand was said where the comment stands."""
    with open_workspace(workspace) as opened:
        replies.said_by_hand(opened, lead)
    answer({"lead": lead, "said": True}, json=json)


@app.command
def settle(
    lead: str,
    *,
    dismiss: Annotated[bool, Parameter(help="It was no inquiry; otherwise it was answered.")] = False,
    promised: Annotated[str, Parameter(help="What the answer promised; it must be kept with proof.")] = "",
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Book that a lead was answered elsewhere, or dismissed; the finder learns from it."""
    with open_workspace(workspace) as opened:
        comment_leads.settle_lead(opened, lead, answered=not dismiss, promised=promised)
    answer({"lead": lead, "label": int(not dismiss)}, json=json)


@app.command
def chain(
    *,
    by: Annotated[str, Parameter(help="delay, staff, content or intent; empty for all together.")] = "",
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Show how many askers came how far: reply, follow, add, promise kept, group or member, first order."""
    with open_workspace(workspace) as opened:
        answer(comment_chain.chain(opened, by=by), json=json)


def _encoder() -> comment_finder.Encoder | None:
    """Return the sentence encoder; where it is not installed, say how to install it."""
    found = installed_encoder()
    if found is None:
        notes.print(HOW_TO_INSTALL, markup=False)
    return found
