"""``users``: add, list, passwd, token."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from argon2 import PasswordHasher

from app.bootstrap import CLOCK
from app.cli.context import command_engine, json_option, print_result
from models.domain.users import Role
from services.commands.accounts import AccountCommands

_password_option = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input instead of asking."
)


@contextmanager
def _accounts() -> Iterator[AccountCommands]:
    with command_engine() as (_, engine):
        yield AccountCommands(engine, CLOCK, PasswordHasher())


def _read_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask for the password: use --password-stdin.")
    password: str = click.prompt(
        "Password (12 characters or more)", hide_input=True, confirmation_prompt=True
    )
    return password


@click.group(no_args_is_help=False)
def users() -> None:
    """Accounts: who may sign in, and as what."""


@users.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.VIEWER.value)
@_password_option
@json_option
def add(name: str, role: str, password_stdin: bool, as_json: bool) -> None:
    """Make an account."""
    password = _read_password(from_stdin=password_stdin)
    with _accounts() as accounts:
        user = accounts.add(name, password, Role(role))
    print_result({"username": user.username, "role": user.role}, f"Added {user.username}.", as_json=as_json)


@users.command("list")
@json_option
def list_accounts(as_json: bool) -> None:
    """Show every account."""
    with _accounts() as accounts:
        found = accounts.users()
    rows = [{"username": user.username, "role": user.role, "disabled": user.disabled} for user in found]
    lines = [f"{user.username}\t{user.role}{' (disabled)' if user.disabled else ''}" for user in found]
    print_result({"users": rows}, "\n".join(lines) or "No accounts yet.", as_json=as_json)


@users.command("passwd")
@click.argument("name")
@_password_option
@json_option
def passwd(name: str, password_stdin: bool, as_json: bool) -> None:
    """Replace an account's password; its open sessions end."""
    password = _read_password(from_stdin=password_stdin)
    with _accounts() as accounts:
        user = accounts.set_password(name, password)
    print_result(
        {"username": user.username},
        f"{user.username} has a new password; older sessions ended.",
        as_json=as_json,
    )


@users.command("token")
@click.argument("name")
@json_option
def token(name: str, as_json: bool) -> None:
    """Make a new API token for an account; the old one ends."""
    with _accounts() as accounts:
        made = accounts.set_token(name)
    print_result({"username": name, "token": made}, made, as_json=as_json)
