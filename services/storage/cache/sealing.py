"""What is stored is signed: a value that this installation did not write for this key is no value."""

import hashlib
import hmac
from typing import IO, Any

from cachelib.serializers import RedisSerializer, SimpleSerializer

_MAGIC = b"GBX1"
_SIGNATURE_BYTES = 16
_OVERHEAD_BYTES = len(_MAGIC) + _SIGNATURE_BYTES


class Seal:
    """Signs values with a key derived from the installation's secret.

    The cache is a shared, writable place. Whatever else stands there (another program's value, a pickle that
    somebody planted, a value cut short or moved to another key) must count as missing, unread.
    """

    def __init__(self, secret: str) -> None:
        self._key = hashlib.blake2b(secret.encode(), digest_size=32, person=b"glassbox-cache").digest()

    def close(self, address: str, payload: bytes) -> bytes:
        """Return what is stored under an address."""
        return _MAGIC + self._signature(address, payload) + payload

    def open(self, address: str, stored: object) -> bytes | None:
        """Return the payload, None if this is not what ``close`` gave for the address."""
        if not isinstance(stored, bytes) or not stored.startswith(_MAGIC):
            return None
        payload = stored[_OVERHEAD_BYTES:]
        signature = stored[len(_MAGIC) : _OVERHEAD_BYTES]
        return payload if hmac.compare_digest(signature, self._signature(address, payload)) else None

    def _signature(self, address: str, payload: bytes) -> bytes:
        name = address.encode()
        signature = hashlib.blake2b(key=self._key, digest_size=_SIGNATURE_BYTES)
        signature.update(len(name).to_bytes(4, "big") + name)
        signature.update(payload)
        return signature.digest()


class BytesOnly(SimpleSerializer, RedisSerializer):
    """Stands in for cachelib's serializers, which pickle: bytes pass as they are, nothing else does."""

    def dumps(self, value: Any, protocol: int = 0) -> bytes:
        """Return the value, which must be bytes."""
        if not isinstance(value, bytes):
            raise TypeError(f"the cache keeps bytes, not {type(value).__name__}")
        return value

    def loads(self, bvalue: Any) -> bytes | None:
        """Return what the store holds, None where it holds no bytes."""
        return bvalue if isinstance(bvalue, bytes) else None

    def dump(self, value: Any, f: IO[bytes], protocol: int = 0) -> None:
        """Refuse: no backend in use writes files."""
        raise TypeError("the cache writes no files")

    def load(self, f: Any) -> None:
        """Refuse: no backend in use reads files."""
        raise TypeError("the cache reads no files")
