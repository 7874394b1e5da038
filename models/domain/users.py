"""People who sign in."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may do; each role may do all that those before it may."""

    VIEWER = "viewer"
    TRADER = "trader"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """Whether this role may do what ``other`` may."""
        order = tuple(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True)
class User:
    """An account. ``session_version`` rises with each new password and ends the older sessions."""

    id: int
    username: str
    role: Role
    session_version: int = 1
    disabled: bool = False
