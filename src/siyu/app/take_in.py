"""Take in (接收): a batch of touches becomes durable, recognised, and counted, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from sqlalchemy import Connection

from siyu.app.workspace import Workspace
from siyu.people.consent import MARKETING, ConsentRecord
from siyu.people.impersonal import impersonal
from siyu.people.portrait import SAYS_TAGS, facts_of, tags_of
from siyu.people.profile import count
from siyu.people.recognise import recognise
from siyu.people.relation import SAYS_RELATION, relations_of
from siyu.stores.sql.by_staff import SAYS_BY_STAFF, SqlByStaff
from siyu.stores.sql.consents import SqlConsents
from siyu.stores.sql.identity import SqlIdentityStore
from siyu.stores.sql.invites import SqlInvites
from siyu.stores.sql.last_words import SqlLastWords
from siyu.stores.sql.portraits import SqlPortraits
from siyu.stores.sql.profiles import SqlProfiles
from siyu.stores.sql.relations import SqlRelations
from siyu.stores.sql.touch_log import SqlTouchLog
from siyu.stores.sql.vault_rows import SqlVault
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch

#: Identifiers whose numbers are remembered; a quarter of them is forgotten when there are more.
_REMEMBERED: Final = 1 << 19
_GIVEN: Final = TouchKind.CONSENT_GIVEN
_SAYS_CONSENT: Final = frozenset({_GIVEN, TouchKind.CONSENT_WITHDRAWN})
#: Kinds that change more than the log and the counters.
_TELLING: Final = (
    _SAYS_CONSENT | SAYS_RELATION | SAYS_BY_STAFF | {TouchKind.MESSAGE_IN, TouchKind.INVITE, TouchKind.INVITE_ACCEPTED}
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch.

    Attributes:
        fresh: For each touch, whether it counted now. Shape: as the batch.
    """

    accepted: int
    duplicates: int
    fresh: Sequence[bool] = ()


class TakeIn:
    """The one door through which touches come into the workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._database, self._vault = workspace.database, workspace.vault
        # the same people come again and again: they need not be looked up anew
        self._remembered: dict[Identifier, int] = {}
        self._erased = -1
        self._uncounted: list[tuple[int, Touch]] = []
        self._counted_to: int | None = None

    def take(
        self, touches: Sequence[Touch], *, count_now: bool = True, known: Mapping[bytes, int] | None = None
    ) -> Taken:
        """Make a batch durable: when this returns, nothing of it can be lost, and none of it counts twice.

        Args:
            count_now: Add it to the profiles in the same transaction. Under load the profiles of half a million
                people are half a million places on the disk, so a server counts several batches in one go
                (``count_up``); the touches themselves say what is not counted yet, so a crash loses nothing of it.
            known: The identifier that each touch hangs on, by its id: of our own messages, which name nobody else, so
                there is nobody to recognise.
        """
        try:
            with self._database.write() as connection:
                count_now = count_now or not self._database.is_sqlite  # elsewhere others write in between
                fresh, anchored = self._take(connection, touches, known)
                if count_now:
                    self._count(connection, anchored)
        except BaseException:
            self._remembered.clear()  # some may be numbers that were never given
            raise
        if count_now:
            self._uncounted = []
        else:
            self._uncounted += anchored
        return Taken(len(fresh), len(touches) - len(fresh), _flags(touches, fresh))

    def count_up(self) -> None:
        """Add to the profiles whatever was taken in and not counted yet, by this process or by one that died."""
        with self._database.write() as connection:
            self._count(connection, [])
        self._uncounted = []

    def _take(
        self, connection: Connection, touches: Sequence[Touch], known: Mapping[bytes, int] | None
    ) -> tuple[Sequence[Touch], list[tuple[int, Touch]]]:
        log = SqlTouchLog(connection)
        fresh = log.fresh(touches)
        if not fresh:
            return fresh, []
        identity = SqlIdentityStore(connection)
        self._forget(identity.erased())
        if known is None:
            anchors, new = recognise(fresh, key_of=self._vault.key_of, store=identity, remembered=self._remembered)
        else:
            anchors, new = identity.standing([known[one.touch_id] for one in fresh]), []
        said = [impersonal(one) if one.properties else one for one in fresh]
        log.append(said, anchors)
        anchored = list(zip(anchors, said, strict=True))
        telling = [
            one
            for one in anchored
            if one[1].kind in _TELLING or one[1].traits or (one[1].properties and SAYS_TAGS & one[1].properties.keys())
        ]
        if telling:
            SqlRelations(connection).say(relations_of(telling))
            SqlLastWords(connection).say(telling)
            SqlConsents(connection).append(_consents(telling))
            SqlInvites(connection).record(telling)
            SqlByStaff(connection).count(telling)
            portraits, (tags, sets) = SqlPortraits(connection), tags_of(telling)
            portraits.learn(facts_of(telling))
            portraits.put_tags(tags)
            portraits.set_tags(sets)
        if telling or new:
            vault = SqlVault(connection, self._vault)
            at_us = max(one.received_at_us for one in fresh)
            vault.put(
                {one.identifier_id: {"identifier": actor.value} for actor, one in new}, source="touch", at_us=at_us
            )
            vault.put(_traits(telling), source="touch", at_us=at_us)
        return fresh, anchored

    def _forget(self, erased: int) -> None:
        """Forget everybody when somebody was erased since, by whichever process; and the oldest when they are many."""
        if erased != self._erased:
            self._remembered.clear()
            self._erased = erased
        elif len(self._remembered) > _REMEMBERED:
            for actor in list(islice(self._remembered, _REMEMBERED // 4)):
                del self._remembered[actor]

    def _count(self, connection: Connection, anchored: list[tuple[int, Touch]]) -> None:
        profiles = SqlProfiles(connection)
        if not self._database.is_sqlite:
            profiles.add(count(anchored))
            return
        log = SqlTouchLog(connection)
        ours = [*self._uncounted, *anchored]
        counted_to = profiles.counted_to()
        rows, last = log.beyond(counted_to)
        # all that is not counted is ours, and in memory; or somebody else counted or left some, and the log is asked.
        # What this very transaction wrote and nothing more needs no further proof.
        all_ours = rows == len(ours) and (
            not self._uncounted
            or (counted_to == self._counted_to and SqlIdentityStore(connection).erased() == self._erased)
        )
        profiles.add(count(ours if all_ours else log.since(counted_to)))
        if rows:
            profiles.set_counted_to(last)
        self._counted_to = last


def _flags(touches: Sequence[Touch], fresh: Sequence[Touch]) -> list[bool]:
    if len(fresh) == len(touches):
        return [True] * len(touches)
    counted = {id(one) for one in fresh}
    return [id(one) in counted for one in touches]


def _consents(anchored: Sequence[tuple[int, Touch]]) -> list[ConsentRecord]:
    return [
        ConsentRecord(
            identifier_id=number,
            purpose=str(touch.properties.get("purpose") or MARKETING),
            channel=str(touch.properties.get("for_channel") or ""),
            granted=touch.kind is _GIVEN,
            text_version=str(touch.properties.get("text_version") or ""),
            proof=str(touch.properties.get("proof") or touch.touch_id.hex()),
            decided_at_us=touch.happened_at_us,
        )
        for number, touch in anchored
        if touch.kind in _SAYS_CONSENT and number
    ]


def _traits(anchored: Sequence[tuple[int, Touch]]) -> dict[int, dict[str, str]]:
    traits: dict[int, dict[str, str]] = {}
    for number, touch in anchored:
        if touch.traits and number:
            traits.setdefault(number, {}).update(touch.traits)
    return traits
