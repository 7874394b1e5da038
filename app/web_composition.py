"""The web process put together: which query, cache and command stands behind which page."""

from argon2 import PasswordHasher
from flask import Flask

from app import VERSION
from app.bootstrap import CLOCK, Database, session_secret
from app.web import create_app
from app.web_services import WebServices
from models.domain.settings import Settings
from services.commands.accounts import AccountCommands
from services.commands.quarantine import QuarantineCommands
from services.queries.attention import AttentionQueries
from services.queries.cached_correlation import CachedCorrelationQueries
from services.queries.cached_data_quality import CachedDataQualityQueries
from services.queries.cached_explanations import SUBJECTS as EXPLAINED_BY
from services.queries.cached_explanations import CachedAttentionQueries, CachedModelWhyQueries
from services.queries.cached_feed import CachedFeedQueries, DataCache
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
from services.storage.cache import open_cache

_STATEMENT_TIMEOUT_S = 10


def build_app(settings: Settings, database: Database) -> Flask:
    """Return the application, its watchers of the database already at work.

    To be called in the process that serves: connections and threads do not survive a fork.
    """
    engine = database.engine(statement_timeout_s=_STATEMENT_TIMEOUT_S)
    revision = RevisionWatcher(engine)
    health = SystemHealth(engine, CLOCK)
    secret_key = session_secret(settings)
    cache = open_cache(settings.redis_url, secret_key, VERSION)
    results = DataCache(engine, revision, cache)
    explained = DataCache(engine, revision, cache, EXPLAINED_BY)
    services = WebServices(
        engine=engine,
        clock=CLOCK,
        feed=CachedFeedQueries(SignalFeedQueries(engine, CLOCK), results),
        why=CachedModelWhyQueries(ModelWhyQueries(engine, CLOCK), explained),
        what_if=WhatIfQueries(engine, CLOCK, settings.data_dir),
        attention=CachedAttentionQueries(AttentionQueries(engine, CLOCK), explained),
        correlation=CachedCorrelationQueries(CorrelationQueries(engine, CLOCK), results),
        var=VarQueries(engine, CLOCK),
        quality=CachedDataQualityQueries(DataQualityQueries(engine, CLOCK), results),
        quarantine=QuarantineCommands(engine, CLOCK),
        models=CachedModelsQueries(
            ModelsQueries(engine, CLOCK), DataCache(engine, revision, cache, ("data", "models"))
        ),
        revision=revision,
        health=health,
        accounts=AccountCommands(engine, CLOCK, PasswordHasher()),
        secret_key=secret_key,
        cache=cache,
    )
    app = create_app(settings, services)
    revision.start()
    health.start()
    return app
