"""Chooses the store."""

import secrets

from services.storage.cache.redis_store import RedisStore
from services.storage.cache.result_cache import ResultCache
from services.storage.cache.sealing import Seal
from services.storage.cache.stores import MemoryStore, Store


def open_cache(redis_url: str | None = None, secret: str | None = None, version: str = "") -> ResultCache:
    """Return a cache in Redis, or in this process where no URL is given; connects on first use.

    Parameters
    ----------
    redis_url : str, optional
        ``redis://`` or ``rediss://``.
    secret : str, optional
        Processes with the same one share their results; by default nobody else can read them.
    version : str
        The program's.

    Raises
    ------
    OperatorError
        If the URL cannot be used.
    """
    store: Store = RedisStore(redis_url) if redis_url else MemoryStore()
    return ResultCache(store, Seal(secret or secrets.token_hex(32)), version)
