"""Signing in, and the guard that refuses every request which nobody answers for."""

from app.auth.guard import protect_addresses
from app.auth.routes import sign_in_routes
from app.auth.sessions import enable_sessions

__all__ = ["enable_sessions", "protect_addresses", "sign_in_routes"]
