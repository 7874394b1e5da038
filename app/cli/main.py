"""The entry: finds the command, and turns errors into one clear line and an exit status."""

import importlib
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import click

from models.domain.errors import GlassboxError, InvalidMarketDataError, InvalidSettingsError, UserError

BAD_USAGE, FAILURE = 2, 1
# Imported when asked for: `serve` and `web` stay small without what the jobs compute with.
_COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "serve": "processes",
        "web": "processes",
        "worker": "processes",
        "migrate": "processes",
        "ingest": "jobs",
        "score": "jobs",
        "train": "jobs",
        "infer": "jobs",
        "explain": "jobs",
        "models": "registry",
        "simulate-risk": "risk",
        "audit": "audit",
        "evaluate": "evaluation",
        "export": "data",
        "users": "accounts",
        "jobs": "runs",
    }
)


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(
            importlib.import_module(f"app.cli.{_COMMANDS[cmd_name]}"), cmd_name.replace("-", "_")
        )
        return command if isinstance(command, click.Command) else None


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
)
@click.pass_context
def cli(context: click.Context) -> None:
    """Glassbox: trading signals that show their evidence. Without a command: serve."""
    if context.invoked_subcommand is None:
        serve = cli.get_command(context, "serve")
        if serve is not None:
            context.invoke(serve)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0, 2 on bad usage, 1 on failure, 130 on Ctrl-C."""
    try:
        status = cli.main(args=arguments, prog_name="python -m app", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "python -m app"
        message = " ".join(error.format_message().split())  # click sets choices on lines of their own
        _end(f"{message} See `{where} --help`.", BAD_USAGE)
    except click.ClickException as error:
        _end(error.format_message(), BAD_USAGE)
    except InvalidSettingsError as error:
        _end("\n".join(["the settings do not hold:", *(f"  {line}" for line in error.problems)]), BAD_USAGE)
    except GlassboxError as error:
        _end(str(error), _status(error))
    except BrokenPipeError:
        # The reader of an export has seen enough; Python would complain again when it closes the stream.
        sys.stderr.close()
        sys.exit(FAILURE)
    sys.exit(status if isinstance(status, int) else 0)


def _status(error: GlassboxError) -> int:
    # Data that cannot be used are no fault of the command line.
    is_bad_usage = isinstance(error, UserError) and not isinstance(error, InvalidMarketDataError)
    return BAD_USAGE if is_bad_usage else FAILURE


def _end(message: str, status: int) -> None:
    click.echo(f"error: {message}", err=True)
    sys.exit(status)
