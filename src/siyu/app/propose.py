"""Propose: let every play look at the people, and draw once who is held out."""

from collections.abc import Iterable

from siyu.app.workspace import Workspace
from siyu.campaigns.holdout import is_treated
from siyu.campaigns.play import Play
from siyu.stores.sql.facts import SqlFacts
from siyu.stores.sql.proposals import SqlProposals


def propose(workspace: Workspace, plays: Iterable[Play], *, channel: str) -> int:
    """Ask every play and keep what is new; return how many proposals were new.

    People are drawn into treated or held out at their first proposal of a play, and stay there for ever.
    """
    now_us, policy = workspace.clock.now_us(), workspace.settings.policy
    share, salt = policy.holdout_share, policy.holdout_salt or workspace.vault.name
    with workspace.database.read() as connection:
        facts = SqlFacts(connection).all()
    new = 0
    for play in plays:
        proposals = play.propose(facts, now_us=now_us, channel=channel)
        if not proposals:
            continue
        with workspace.database.write() as connection:
            store = SqlProposals(connection)
            new += store.add(proposals)
            people = sorted({one.person_id for one in proposals})
            drawn = store.arms(play.name, people)
            arms = {
                person: is_treated(play.name, person, holdout_share=share, salt=salt)
                for person in people
                if person not in drawn
            }
            store.assign(play.name, arms, holdout_share=share, now_us=now_us)
    return new
