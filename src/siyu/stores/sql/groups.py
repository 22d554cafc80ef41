"""Customer groups in SQL: which there are, who owns them, and how often they were asked."""

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, func, select

from siyu.communities.group import Group
from siyu.people.relation import Relation
from siyu.policy.case import TO_GROUPS
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.bulk import insert_rows
from siyu.stores.sql.proposals import DENIED
from siyu.stores.sql.schema.campaigns import proposal
from siyu.stores.sql.schema.communities import customer_group

_COLUMNS = tuple(customer_group.c.keys())
_NEWER = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])


class SqlGroups:
    """The caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, groups: Sequence[Group]) -> None:
        """Keep groups as they were last seen."""
        rows = [(one.identifier_id, one.channel, one.account, one.owner, one.read_at_us) for one in groups]
        insert_rows(
            self._connection, customer_group, _COLUMNS, rows, then=f"ON CONFLICT (group_id) DO UPDATE SET {_NEWER}"
        )

    def all(self, *, seen_since_us: int = 0) -> list[Group]:
        """Return the groups that were seen since then, in the order of their numbers."""
        query = select(customer_group).where(customer_group.c.read_at_us >= seen_since_us)
        return [Group(*row) for row in self._connection.execute(query.order_by(customer_group.c.group_id))]

    def relations(self, numbers: Mapping[bytes, int]) -> dict[bytes, Relation]:
        """Return how each proposal's group is reached: through its owner."""
        known: dict[int, Relation] = {}
        for part in chunks(sorted(set(numbers.values()))):
            query = select(customer_group).where(customer_group.c.group_id.in_(part))
            for row in self._connection.execute(query):
                known[row.group_id] = Relation(row.group_id, row.channel, row.account, row.owner, 0, None, "")
        return {key: known[number] for key, number in numbers.items() if number in known}

    def read_us(self, channel: str, account: str) -> int:
        """Return when an account's groups were last seen; 0 if never."""
        of = (customer_group.c.channel == channel, customer_group.c.account == account)
        return int(self._connection.execute(select(func.max(customer_group.c.read_at_us)).where(*of)).scalar() or 0)

    def last_asked_us(self, play: str, number: int) -> int:
        """Return when a play last proposed something to a group; 0 if never."""
        mine = (proposal.c.play == play, proposal.c.identifier_id == number, proposal.c.state != DENIED)
        return int(self._connection.execute(select(func.max(proposal.c.proposed_at_us)).where(*mine)).scalar() or 0)

    def asked(self, play: str, *, since_us: int) -> Counter[int]:
        """Count what was proposed by a play to each group since then and not denied."""
        query = (
            select(proposal.c.identifier_id, func.count())
            .where(
                proposal.c.play == play, proposal.c.action.in_(TO_GROUPS), proposal.c.proposed_at_us > since_us,
                proposal.c.state != DENIED,
            )
            .group_by(proposal.c.identifier_id)
        )  # fmt: skip
        return Counter({int(number): int(times) for number, times in self._connection.execute(query)})
