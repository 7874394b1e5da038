"""``serve``, ``web``, ``worker``, ``migrate``."""

import logging

import click
from flask import Flask

from app.bootstrap import CLOCK, Database, open_database, session_secret
from app.cli.context import json_option, print_result
from app.logging import configure_logging
from app.processes import end_with_parent, stop_on_signals
from app.settings import load_settings
from models.domain.settings import Settings

logger = logging.getLogger(__name__)
_STATEMENT_TIMEOUT_S = 10
_parent_option = click.option("--parent-pid", type=int, hidden=True, help="End when this process does.")


@click.command()
def serve() -> None:
    """Run database, worker and web together, and restart what dies."""
    from app.first_admin import ensure_admin  # noqa: PLC0415 - the commands start without what they don't use
    from app.supervisor import check_port_is_free, supervise  # noqa: PLC0415

    settings = load_settings()
    check_port_is_free(settings)
    stop = stop_on_signals()
    with open_database(settings) as database:
        configure_logging(settings, "serve")
        ensure_admin(settings, database)
        click.echo(f"Glassbox: http://{settings.host}:{settings.port}", err=True)
        supervise(settings, database, stop)


@click.command()
@_parent_option
def web(parent_pid: int | None) -> None:
    """Serve the pages alone."""
    from app.first_admin import ensure_admin  # noqa: PLC0415
    from app.server import serve_web  # noqa: PLC0415

    settings = load_settings()
    with open_database(settings) as database:
        configure_logging(settings, "web")
        end_with_parent(parent_pid)
        if parent_pid is None:
            ensure_admin(settings, database)
        serve_web(settings, lambda: _build_app(settings, database))


def _build_app(settings: Settings, database: Database) -> Flask:
    from argon2 import PasswordHasher  # noqa: PLC0415

    from app import VERSION  # noqa: PLC0415
    from app.web import create_app  # noqa: PLC0415
    from app.web_services import WebServices  # noqa: PLC0415
    from services.commands.accounts import AccountCommands  # noqa: PLC0415
    from services.queries.cached_feed import CachedFeedQueries, DataCache  # noqa: PLC0415
    from services.queries.revision import RevisionWatcher  # noqa: PLC0415
    from services.queries.signal_feed import SignalFeedQueries  # noqa: PLC0415
    from services.queries.system_health import SystemHealth  # noqa: PLC0415
    from services.storage.cache import open_cache  # noqa: PLC0415

    engine = database.engine(statement_timeout_s=_STATEMENT_TIMEOUT_S)
    revision = RevisionWatcher(engine)
    secret_key = session_secret(settings)
    cache = open_cache(settings.redis_url, secret_key, VERSION)
    services = WebServices(
        engine=engine,
        clock=CLOCK,
        feed=CachedFeedQueries(SignalFeedQueries(engine, CLOCK), DataCache(engine, revision, cache)),
        revision=revision,
        health=SystemHealth(engine, CLOCK),
        accounts=AccountCommands(engine, CLOCK, PasswordHasher()),
        secret_key=secret_key,
        cache=cache,
    )
    return create_app(settings, services)


@click.command()
@_parent_option
def worker(parent_pid: int | None) -> None:
    """Run the scheduled jobs alone."""
    from app.worker import Worker  # noqa: PLC0415

    settings = load_settings()
    stop = stop_on_signals()
    with open_database(settings) as database:
        configure_logging(settings, "worker")
        end_with_parent(parent_pid)
        Worker(database.engine(), database.engine(pooled=False), CLOCK, settings).run(stop)


@click.command()
@json_option
def migrate(as_json: bool) -> None:
    """Bring the database's schema up to date."""
    settings = load_settings()
    with open_database(settings) as database:
        before, after = database.schema_before, database.schema
    moved = "was up to date" if before == after else f"went from {before or 'nothing'} to {after}"
    print_result({"before": before, "schema": after}, f"The schema {moved}.", as_json=as_json)
