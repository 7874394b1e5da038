"""A web process without a server in front: real database, real guard, real dashboard."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from app.web import create_app
from app.web_services import WebServices
from models.domain.settings import AppEnv, Settings
from models.domain.users import Role
from services.commands.accounts import AccountCommands
from services.commands.quarantine import QuarantineCommands
from services.queries.attention import AttentionQueries
from services.queries.correlation import CorrelationQueries
from services.queries.data_quality import DataQualityQueries
from services.queries.model_why import ModelWhyQueries
from services.queries.models import ModelsQueries
from services.queries.revision import RevisionWatcher
from services.queries.signal_feed import SignalFeedQueries
from services.queries.system_health import SystemHealth
from services.queries.var import VarQueries
from services.queries.what_if import WhatIfQueries

PASSWORD = "correct horse battery"
SITE = "https://glassbox.example"
LOCAL = "http://127.0.0.1:8050"


class SettableClock:
    """Real time, moved on by hand."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def advance(self, **duration: float) -> None:
        self.offset += timedelta(**duration)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


def make_services(engine: Engine, clock: SettableClock) -> WebServices:
    # Cheap hashes: what the parameters cost is tested where they are changed.
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    return WebServices(
        engine=engine,
        clock=clock,
        feed=SignalFeedQueries(engine, clock),
        why=ModelWhyQueries(engine, clock),
        what_if=WhatIfQueries(engine, clock, Path("var")),
        attention=AttentionQueries(engine, clock),
        correlation=CorrelationQueries(engine, clock),
        var=VarQueries(engine, clock),
        quality=DataQualityQueries(engine, clock),
        quarantine=QuarantineCommands(engine, clock),
        models=ModelsQueries(engine, clock),
        revision=RevisionWatcher(engine),
        health=SystemHealth(engine, clock),
        accounts=AccountCommands(engine, clock, hasher),
        secret_key="a key for tests that is long enough",
    )


@pytest.fixture
def services(engine, clock) -> Iterator[WebServices]:
    services = make_services(engine, clock)
    for name, role in (("ada", Role.ADMIN), ("vera", Role.VIEWER)):
        services.accounts.add(name, PASSWORD, role)
    yield services
    services.revision.stop()
    services.health.stop()


PROD = Settings(
    app_env=AppEnv.PROD, host="0.0.0.0", secret_key="x" * 40, admin_password="y" * 20, metrics_token="m" * 40
)
DEV = replace(PROD, app_env=AppEnv.DEV, host="127.0.0.1")


@pytest.fixture
def prod_app(services) -> Flask:
    return create_app(PROD, services)


@pytest.fixture
def prod(prod_app) -> FlaskClient:
    """Nobody signed in, in production."""
    return _client(prod_app, SITE)


@pytest.fixture
def dev(services) -> FlaskClient:
    """A guest on the developer's own machine."""
    return _client(create_app(DEV, services), LOCAL)


@pytest.fixture
def signed_in(prod_app) -> Callable[[str], FlaskClient]:
    """Return clients of the production server that have signed in."""

    def sign_in(username: str) -> FlaskClient:
        client = _client(prod_app, SITE)
        answer = client.post("/login", data={"username": username, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client

    return sign_in


def _client(app: Flask, site: str) -> FlaskClient:
    client = app.test_client()
    # Every request of this client goes to that site, as a browser's would.
    original = client.open

    def open_at_site(*args, **options):
        if args and isinstance(args[0], str):
            options.setdefault("base_url", site)
        return original(*args, **options)

    client.open = open_at_site
    return client
