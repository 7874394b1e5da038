"""The first start's admin."""

import secrets
import sys

from argon2 import PasswordHasher

from app.bootstrap import CLOCK, Database
from models.domain.errors import InvalidRequestError
from models.domain.settings import Settings
from models.domain.users import Role
from services.commands.accounts import AccountCommands

_NAME = "admin"


def ensure_admin(settings: Settings, database: Database) -> None:
    """Make the account ``admin`` where there is none at all; print a generated password once."""
    engine = database.engine(pooled=False)
    accounts = AccountCommands(engine, CLOCK, PasswordHasher())
    if accounts.users():
        return
    password = settings.admin_password or secrets.token_urlsafe(15)
    try:
        accounts.add(_NAME, password, Role.ADMIN, actor="first start")
    except InvalidRequestError:
        if accounts.users():
            return  # another process was first
        raise
    if settings.admin_password is None:
        # To the terminal and nowhere else: a log file would keep it.
        sys.stderr.write(
            f"\n  First start: sign in as {_NAME} with password {password}\n"
            "  (shown this once; change it with `python -m app users passwd admin`)\n\n"
        )
