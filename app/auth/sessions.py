"""Sessions: a signed cookie that names an account, its password's version and the session itself."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from app.auth.known_users import KnownUsers
from app.web_services import WebServices
from models.domain.settings import AppEnv, Settings
from models.domain.users import User
from services.commands.accounts import SESSION_LIFETIME, AccountCommands
from services.ports import Clock

COOKIE = "glassbox_session"
_SESSION_ID, _BEGUN_AT = "session_id", "begun_at"


class SignedIn(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """An account as Flask-Login wants it."""

    def __init__(self, user: User) -> None:
        self.user = user

    @property
    def username(self) -> str:
        """The account's name, for the pages."""
        return self.user.username

    def get_id(self) -> str:
        """Return what the cookie names: a new password changes it, which ends the older sessions."""
        return f"{self.user.id}.{self.user.session_version}"


@dataclass(frozen=True)
class Sessions:
    """Begins, recognises and ends sessions."""

    accounts: AccountCommands
    clock: Clock
    known: KnownUsers

    def begin(self, user: User) -> None:
        """Sign this browser in. What an earlier cookie held is dropped, so none can be planted."""
        session.clear()
        session.permanent = True
        session[_SESSION_ID] = secrets.token_hex(16)
        session[_BEGUN_AT] = self._now_s()
        login_user(SignedIn(user))

    def end(self, address: str) -> None:
        """Sign this browser out; the cookie is void from now on, wherever a copy of it is.

        Raises
        ------
        DatabaseUnavailableError
            If that cannot be recorded; this browser has forgotten the cookie all the same.
        """
        session_id, user = str(session.get(_SESSION_ID, "")), self.user()
        logout_user()
        session.clear()
        try:
            if user is not None:
                self.accounts.sign_out(user, session_id, address)
        finally:
            self.known.forget(session_id)

    def user(self) -> User | None:
        """Return who is signed in.

        Raises
        ------
        DatabaseUnavailableError
            If a cookie names somebody who cannot be looked up now.
        """
        return current_user.user if current_user.is_authenticated else None

    def token_user(self, token: str) -> User | None:
        """Return the account whose API token this is."""
        return self.known.get(("token", token), lambda: self.accounts.token_user(token))

    def load(self, named: str) -> SignedIn | None:
        """Return the account that a cookie names, None if its session is over."""
        begun_at, session_id = session.get(_BEGUN_AT), session.get(_SESSION_ID)
        if not isinstance(begun_at, int) or not isinstance(session_id, str):
            return None
        if self._now_s() - begun_at >= SESSION_LIFETIME // timedelta(seconds=1):
            return None
        user_id, _, version = named.partition(".")
        user = self.known.get(
            session_id, lambda: self.accounts.session_user(int(user_id), int(version), session_id)
        )
        return None if user is None else SignedIn(user)

    def _now_s(self) -> int:
        return int(self.clock.now().timestamp())


def enable_sessions(server: Flask, settings: Settings, services: WebServices) -> Sessions:
    """Set the cookie's properties, wire Flask-Login into the server and return its sessions."""
    server.config.update(
        SECRET_KEY=services.secret_key,
        SESSION_COOKIE_NAME=COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.app_env is not AppEnv.DEV,
        PERMANENT_SESSION_LIFETIME=SESSION_LIFETIME,
        # The twelve hours begin with the password, not with the newest request.
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    sessions = Sessions(services.accounts, services.clock, KnownUsers(services.revision))
    manager = LoginManager()
    # Flask-Login's own protection binds a session to the address, which changes when a laptop moves.
    manager.session_protection = None
    manager.user_loader(sessions.load)
    # Templates that asked who is signed in would query, even where the database is what failed.
    manager.init_app(server, add_context_processor=False)
    return sessions
