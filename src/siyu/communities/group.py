"""A customer group (客户群): people in one chat with us, who all hear at once what is said there."""

from dataclasses import dataclass
from typing import Final

#: The namespace of a group's name, with the account that has it behind the ``@``. It names nobody among people.
GROUP_CHAT: Final = "group_chat"


@dataclass(frozen=True, slots=True)
class Group:
    """One group that messages may go to.

    Attributes:
        identifier_id: The number of the group's name; the name itself is in the vault.
        owner: The staff member whose group it is: a message to it is theirs to confirm.
        read_at_us: When it was last seen at the platform.
    """

    identifier_id: int
    channel: str
    account: str
    owner: str
    read_at_us: int
