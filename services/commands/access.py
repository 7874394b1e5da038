"""Who asks, and what they may do. The guard of the web process says who; commands and callbacks check."""

from contextvars import ContextVar
from dataclasses import dataclass

from models.domain.errors import UserError
from models.domain.users import Role


class NotAllowedError(UserError):
    """Whoever asks lacks the role for it."""


@dataclass(frozen=True)
class Actor:
    """Who a request acts for. A guest has no account."""

    username: str
    role: Role
    guest: bool = False


_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)


def act_as(actor: Actor | None) -> None:
    """Set for whom the rest of this request acts; None for nobody."""
    _actor.set(actor)


def current_actor() -> Actor | None:
    """Return for whom this request acts."""
    return _actor.get()


def current_role() -> Role | None:
    """Return the role of whoever asks, None for nobody."""
    actor = _actor.get()
    return None if actor is None else actor.role


def has_role(role: Role) -> bool:
    """Return whether whoever asks may do all that ``role`` may."""
    current = current_role()
    return current is not None and current.includes(role)


def require_role(role: Role) -> Actor:
    """Return who asks, if they may do all that ``role`` may.

    A callback that acts for some only calls this first: every callback answers at one address, which the
    guard opens to all who may see a page.

    Raises
    ------
    NotAllowedError
        If not; the web process answers 403.
    """
    actor = _actor.get()
    if actor is None or not actor.role.includes(role):
        raise NotAllowedError(f"This needs the role {role.value}: sign in with an account that has it.")
    return actor
