"""Words that Douyin's files share: who a person is there. Pure."""

from typing import Final, NamedTuple

from siyu.touchpoints.touch import Identifier

CHANNEL: Final = "douyin"


class PeopleOf(NamedTuple):
    """Whose open ids they are: one app's."""

    client_key: str


def person(people: PeopleOf, open_id: str) -> Identifier:
    """Return the name of a person in an app."""
    return Identifier(f"douyin_open_id@{people.client_key}", open_id)
