"""The eleven GICS sectors under the names that others give them."""

from difflib import get_close_matches
from types import MappingProxyType

from models.domain.market import GICS_SECTORS

_SYNONYMS = MappingProxyType(
    {
        **{name.lower(): name for name in GICS_SECTORS.values()},
        **{str(code): name for code, name in GICS_SECTORS.items()},
        "basic materials": "Materials",
        "industrial": "Industrials",
        "industrial goods": "Industrials",
        "capital goods": "Industrials",
        "consumer cyclical": "Consumer Discretionary",
        "consumer cyclicals": "Consumer Discretionary",
        "consumer defensive": "Consumer Staples",
        "consumer non-cyclicals": "Consumer Staples",
        "consumer non-durables": "Consumer Staples",
        "healthcare": "Health Care",
        "financial": "Financials",
        "financial services": "Financials",
        "finance": "Financials",
        "technology": "Information Technology",
        "information tech": "Information Technology",
        "communications": "Communication Services",
        "communication": "Communication Services",
        "telecommunications": "Communication Services",
        "telecommunication services": "Communication Services",
        "telecommunications services": "Communication Services",
        "telecom": "Communication Services",
        "public utilities": "Utilities",
        "utility": "Utilities",
        "real estate investment trusts": "Real Estate",
        "realestate": "Real Estate",
    }
)


def gics_sector(name: str | None) -> str | None:
    """Return the GICS sector that a name means; an unknown one as it is, an empty one as None.

    A slip of the pen is forgiven (``Basic Matierials``).
    """
    given = " ".join((name or "").split())
    plain = given.lower().replace("_", " ").replace("&", "and")
    if not plain or plain in {"nan", "none", "n/a", "na", "-", "unknown"}:
        return None
    if plain in _SYNONYMS:
        return _SYNONYMS[plain]
    near = get_close_matches(plain, list(_SYNONYMS), n=1, cutoff=0.9)
    return _SYNONYMS[near[0]] if near else given
