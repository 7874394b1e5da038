"""Nothing is believed that was not written here, and nothing is ever pickled."""

import pickle

import pytest
from cachelib.serializers import BaseSerializer

from services.storage.cache import CacheKind, open_cache, shape_of
from services.storage.cache.sealing import BytesOnly, Seal

TEXT = shape_of(str)


class Hostile:
    """Unpickled, it makes a file."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


def test_only_the_same_secret_and_address_open_a_seal():
    stored = Seal("one secret").close("feed", b"payload")
    assert Seal("one secret").open("feed", stored) == b"payload"
    assert Seal("another").open("feed", stored) is None
    assert Seal("one secret").open("another", stored) is None


@pytest.mark.parametrize(
    "spoil", [lambda s: s[:-1], lambda s: s + b" ", lambda s: s[:10], lambda s: b"", bytes.swapcase]
)
def test_a_spoilt_value_is_none(spoil):
    seal = Seal("one secret")
    assert seal.open("feed", spoil(seal.close("feed", b"payload"))) is None


@pytest.mark.parametrize("stored", [None, 7, "text", b"", b"GBX1", b"!\x80\x04N.", [b"x"]])
def test_what_is_no_seal_is_none(stored):
    assert Seal("one secret").open("feed", stored) is None


def test_the_serializer_has_nothing_of_the_ones_that_pickle():
    for name in ("dump", "dumps", "load", "loads"):
        assert getattr(BytesOnly, name) is not getattr(BaseSerializer, name)
        assert "sealing" in getattr(BytesOnly, name).__module__
    with pytest.raises(TypeError, match="keeps bytes"):
        BytesOnly().dumps({"a": 1})
    with pytest.raises(TypeError):
        BytesOnly().load(None)
    with pytest.raises(TypeError):
        BytesOnly().dump(None, None)


def test_memory_never_pickles(no_pickle):
    cache = open_cache()
    for _ in range(2):
        assert cache.get_or_compute(CacheKind.SIGNALS, "r1", "x", TEXT, lambda: "value") == "value"
    assert cache.statistics().requests == {("signals", "miss"): 1, ("signals", "hit"): 1}


@pytest.mark.parametrize("prefix", [b"", b"!"])
def test_a_planted_pickle_is_a_miss_and_does_not_run(make_cache, store, tmp_path, prefix):
    cache = make_cache()
    cache.get_or_compute(CacheKind.SIGNALS, "r1", "x", TEXT, lambda: "value")
    [address] = store.values
    store.values[address] = prefix + pickle.dumps(Hostile(tmp_path / "ran"))
    assert cache.get_or_compute(CacheKind.SIGNALS, "r1", "x", TEXT, lambda: "anew") == "anew"
    assert not (tmp_path / "ran").exists()
    assert cache.statistics().n_rejected >= 1
    assert cache.get_or_compute(CacheKind.SIGNALS, "r1", "x", TEXT, lambda: "never") == "anew"
