"""What the commands share: settings, the database, and how results are printed."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy import Engine

from app.bootstrap import open_database
from app.logging import configure_logging
from app.settings import load_settings
from models.domain.settings import Settings

json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON alone.")


@contextmanager
def command_engine(process: str = "cli") -> Iterator[tuple[Settings, Engine]]:
    """Read the settings, open the database, and give it back at the end of the command."""
    settings = load_settings()
    with open_database(settings) as database:
        configure_logging(settings, process)
        engine = database.engine()
        try:
            yield settings, engine
        finally:
            engine.dispose()


def print_result(result: Mapping[str, Any], sentence: str, *, as_json: bool) -> None:
    """Print a result for a person or for a program."""
    click.echo(json.dumps(result, default=str) if as_json else sentence)
