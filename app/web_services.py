"""What the web process is given to work with."""

from dataclasses import dataclass, field

from sqlalchemy import Engine

from services.commands.accounts import AccountCommands
from services.ports import Clock
from services.queries.revision import RevisionWatcher
from services.queries.signal_feed import SignalFeedQueries
from services.queries.system_health import SystemHealth


@dataclass(frozen=True)
class WebServices:
    """Queries, commands and watchers of one web process.

    ``secret_key`` signs the session cookies; processes that share it share the sessions.
    """

    engine: Engine
    clock: Clock
    feed: SignalFeedQueries
    revision: RevisionWatcher
    health: SystemHealth
    accounts: AccountCommands
    secret_key: str = field(repr=False)
