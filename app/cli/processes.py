"""``serve``, ``web``, ``worker``, ``migrate``."""

import logging

import click

from app.bootstrap import CLOCK, open_database
from app.cli.context import json_option, print_result
from app.logging import configure_logging
from app.processes import end_at_once, end_with_parent, stop_on_signals
from app.settings import load_settings

logger = logging.getLogger(__name__)
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
    from app.web_composition import build_app  # noqa: PLC0415

    settings = load_settings()
    with open_database(settings) as database:
        configure_logging(settings, "web")
        end_with_parent(parent_pid)
        if parent_pid is None:
            ensure_admin(settings, database)
        serve_web(settings, lambda: build_app(settings, database))


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
    end_at_once()  # a training that was given up may still compute; it has been fenced off


@click.command()
@json_option
def migrate(as_json: bool) -> None:
    """Bring the database's schema up to date."""
    settings = load_settings()
    with open_database(settings) as database:
        before, after = database.schema_before, database.schema
    moved = "was up to date" if before == after else f"went from {before or 'nothing'} to {after}"
    print_result({"before": before, "schema": after}, f"The schema {moved}.", as_json=as_json)
