"""What the web process is given to work with."""

from dataclasses import dataclass, field

from sqlalchemy import Engine

from services.commands.accounts import AccountCommands
from services.commands.quarantine import QuarantineCommands
from services.ports import Clock
from services.queries.attention import AttentionQueries
from services.queries.cached_correlation import CachedCorrelationQueries
from services.queries.cached_data_quality import CachedDataQualityQueries
from services.queries.cached_explanations import CachedAttentionQueries, CachedModelWhyQueries
from services.queries.cached_feed import CachedFeedQueries
from services.queries.cached_models import CachedModelsQueries
from services.queries.correlation import CorrelationQueries
from services.queries.data_quality import DataQualityQueries
from services.queries.model_why import ModelWhyQueries
from services.queries.models import ModelsQueries
from services.queries.revision import RevisionWatcher
from services.queries.signal_feed import SignalFeedQueries
from services.queries.system_health import SystemHealth
from services.queries.var import VarQueries
from services.queries.what_if import WhatIfQueries
from services.storage.cache import ResultCache, open_cache


@dataclass(frozen=True)
class WebServices:
    """Queries, commands and watchers of one web process.

    ``secret_key`` signs the session cookies; processes that share it share the sessions. ``cache`` keeps
    computed results; by default in this process.
    """

    engine: Engine
    clock: Clock
    feed: SignalFeedQueries | CachedFeedQueries
    why: ModelWhyQueries | CachedModelWhyQueries
    what_if: WhatIfQueries
    attention: AttentionQueries | CachedAttentionQueries
    correlation: CorrelationQueries | CachedCorrelationQueries
    var: VarQueries
    quality: DataQualityQueries | CachedDataQualityQueries
    quarantine: QuarantineCommands
    models: ModelsQueries | CachedModelsQueries
    revision: RevisionWatcher
    health: SystemHealth
    accounts: AccountCommands
    secret_key: str = field(repr=False)
    cache: ResultCache = field(default_factory=open_cache)
