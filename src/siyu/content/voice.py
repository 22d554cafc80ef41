"""As whom a staff member speaks: who knows, who cares, or who sells."""

from typing import Literal

Voice = Literal["expert", "friend", "sales"]
