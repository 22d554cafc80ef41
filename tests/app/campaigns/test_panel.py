"""A panel is drawn by chance from a segment, and what its people say can be asked for afterwards."""

from pathlib import Path

from sqlalchemy import select

from app.shop import NOW_US, contact, open_shop, weekly_buyer
from siyu.app.journeys.publish import publish
from siyu.app.journeys.tasks import open_tasks
from siyu.app.journeys.tick import enter_on_request, tick
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.kernel.period import DAY, HOUR
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.people import identifier
from siyu.stores.sql.schema.portraits import tag
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import touch

_JOURNEY = Path(__file__).resolve().parents[3] / "docs" / "journeys" / "panel.yaml"
_PEOPLE = range(1, 81)


def _asked(workspace: Workspace) -> set[int]:
    query = select(identifier.c.person_id).join(proposal, identifier.c.identifier_id == proposal.c.identifier_id)
    with workspace.database.read() as connection:
        return set(connection.execute(query).scalars())


def test_a_tenth_is_asked_and_what_they_stay_for_becomes_a_tag(tmp_path: Path) -> None:
    workspace, clock = open_shop(tmp_path, policy='holdout_salt = "panel"\n')
    take_in = TakeIn(workspace)
    take_in.take([one for number in _PEOPLE for one in weekly_buyer(number, last_us=NOW_US - 3 * DAY)])
    with workspace.database.read() as connection:
        keys = {
            bytes(key): person for key, person in connection.execute(select(identifier.c.key, identifier.c.person_id))
        }
    person_of = {number: keys[workspace.vault.key_of(contact(number))] for number in _PEOPLE}
    publish(workspace, _JOURNEY.read_text("utf-8"))
    tick(workspace)
    assert enter_on_request(workspace, "panel", sorted(person_of.values())) == len(_PEOPLE)
    tick(workspace)
    asked = sorted(number for number, person in person_of.items() if person in _asked(workspace))
    assert 2 <= len(asked) <= 16

    clock.advance_to(NOW_US + HOUR)
    tags, words, silent = asked[0], asked[1], asked[2:]
    kinds = ((tags, TouchKind.SURVEY, "panel/people"), (words, TouchKind.MESSAGE_IN, ""))
    take_in.take([
        touch(
            "wecom", kind, account="corp", actors=(contact(number),), event_key=f"answer {number}", content_id=content,
            happened_at_us=NOW_US + HOUR, received_at_us=NOW_US + HOUR,
        )
        for number, kind, content in kinds
    ])  # fmt: skip
    tick(workspace)
    with workspace.database.read() as connection:
        query = select(identifier.c.person_id, tag.c.name).join(tag, tag.c.identifier_id == identifier.c.identifier_id)
        assert [tuple(row) for row in connection.execute(query)] == [(person_of[tags], "stays_for_people")]
    assert [one.person_id for one in open_tasks(workspace)] == [person_of[words]]
    clock.advance_to(NOW_US + 8 * DAY)
    tick(workspace)
    assert len(open_tasks(workspace)) == 1
    assert len(_asked(workspace)) == len(asked) == len(silent) + 2
