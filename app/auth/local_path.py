"""Where to go after signing in: an address of this server, and no other."""

import re
from urllib.parse import urlsplit

_MAX_LENGTH = 1024
# Browsers drop tabs and line ends and read a backslash as a slash: "/\t/evil.example" leaves the server.
_HARMFUL = re.compile(r"[\\\x00-\x20\x7f-\x9f]")
_PAGES_OF_SIGNING_IN = ("/login", "/logout")


def local_path(target: str | None) -> str:
    """Return ``target`` if it is a path on this server that one may be sent to, else ``/``."""
    if not target or len(target) > _MAX_LENGTH or not target.startswith("/") or _HARMFUL.search(target):
        return "/"
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    # The path as written, not as split: urlsplit takes the first two slashes of "///evil.example" away.
    path = re.split(r"[?#]", target, maxsplit=1)[0]
    if parts.scheme or parts.netloc or "//" in path or path in _PAGES_OF_SIGNING_IN:
        return "/"
    return target
