"""What a person decided about suspected inviters: honest or not, with the reason; a new decision takes its place."""

from sqlalchemy import Connection

from siyu.app.fission.kept import read_fact, write_fact
from siyu.app.fission.tree import Tree, tree_of
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError

_KIND = "verdicts"


def decide_about(workspace: Workspace, campaign: str, person: int, *, honest: bool, because: str) -> None:
    """Keep a decision about somebody who invited people in a campaign; the next settling acts on it.

    Raises:
        BadInputError: the person invited nobody in the campaign, or no reason is given.
    """
    if not because.strip():
        raise BadInputError("a decision needs a reason: the inviter is told", where="because")
    with workspace.database.write() as connection:
        numbers = sorted({one.inviter_id for one in tree_of(connection, campaign).came if one.inviter == person})
        if not numbers:
            raise BadInputError(f"person {person} invited nobody in {campaign!r}", where="person")
        kept = read_fact(connection, _KIND, campaign)
        said = {"honest": honest, "because": because.strip(), "at_us": workspace.clock.now_us()}
        write_fact(connection, _KIND, campaign, kept | {str(number): said for number in numbers})


def verdicts_of(connection: Connection, campaign: str, tree: Tree) -> dict[int, tuple[bool, str]]:
    """Return what was decided about people as they are known now: honest or not, and why; the latest holds."""
    kept = read_fact(connection, _KIND, campaign)
    person_of = {one.inviter_id: one.inviter for one in tree.came}
    found: dict[int, tuple[bool, str]] = {}
    for number, said in sorted(kept.items(), key=lambda item: item[1]["at_us"]):
        if int(number) in person_of:
            found[person_of[int(number)]] = (bool(said["honest"]), str(said["because"]))
    return found
