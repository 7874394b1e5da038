"""Where a callback's request came from."""

import flask


def requester_address() -> str:
    """Return the address that the audit log names."""
    return (flask.request.remote_addr or "unknown") if flask.has_request_context() else "unknown"
