"""Relative strength: a symbol against its market and against its sector."""

from functools import partial

import numpy as np

from models.domain.features import FeatureFamily
from services.quant.features.block import Block
from services.quant.features.definition import Feature, describe
from services.quant.features.momentum import simple_return
from services.quant.rolling import (
    FloatArray,
    quotient,
    rolling_correlation,
    rolling_covariance,
    rolling_sum,
    rolling_variance,
)

_describe = partial(describe, FeatureFamily.RELATIVE_STRENGTH, is_cross_sectional=True)


def _reference(block: Block, against: str) -> FloatArray:
    return block.market_return if against == "market" else block.sector_return


def compounded(returns: FloatArray, n_sessions: int) -> FloatArray:
    """Return the simple return over the last ``n_sessions`` of daily simple ones."""
    return np.expm1(rolling_sum(np.log1p(returns), n_sessions))


def _relative_return(block: Block, against: str, n_sessions: int) -> FloatArray:
    return simple_return(block, n_sessions) - compounded(_reference(block, against), n_sessions)


def _sector_relative_return(block: Block) -> FloatArray:
    return compounded(block.sector_return, 20) - compounded(block.market_return, 20)


def _beta(block: Block, against: str) -> FloatArray:
    reference = _reference(block, against)
    covariance = rolling_covariance(block.returns, reference, 60)
    return quotient(covariance, rolling_variance(reference, 60), where_zero=0.0)


def _correlation(block: Block, against: str) -> FloatArray:
    return rolling_correlation(block.returns, _reference(block, against), 60)


_MEANING = {
    "market": "the market (the benchmark; without one, the mean of the other members)",
    "sector": "the mean of the sector's other members",
}


def _relative_return_feature(against: str, n_sessions: int) -> Feature:
    own = rf"\prod_{{{n_sessions}}} (1 + r)"
    return Feature(
        _describe(
            f"return_{n_sessions}_less_{against}",
            f"Return less the {against}'s, {n_sessions} sessions",
            f"return of {n_sessions} sessions less that of {_MEANING[against]}",
            rf"{own} - \prod_{{{n_sessions}}} (1 + r_{{\mathrm{{{against}}}}})",
            "Levy (1967), J. Finance 22",
            n_sessions + 1,
        ),
        partial(_relative_return, against=against, n_sessions=n_sessions),
    )


def _beta_feature(against: str) -> Feature:
    other = rf"r_{{\mathrm{{{against}}}}}"
    return Feature(
        _describe(
            f"beta_{against}_60",
            f"Beta to the {against} 60",
            f"covariance of 60 daily returns with those of {_MEANING[against]}, over the variance of the "
            "latter; 0 where that is 0",
            rf"\frac{{\operatorname{{cov}}_{{60}}(r, {other})}}{{\operatorname{{var}}_{{60}}({other})}}",
            "Sharpe (1964), J. Finance 19",
            61,
        ),
        partial(_beta, against=against),
    )


def _correlation_feature(against: str) -> Feature:
    return Feature(
        _describe(
            f"correlation_{against}_60",
            f"Correlation with the {against} 60",
            f"correlation of 60 daily returns with those of {_MEANING[against]}; 0 where one stood still",
            rf"\operatorname{{corr}}_{{60}}(r, r_{{\mathrm{{{against}}}}})",
            "Pearson's correlation",
            61,
        ),
        partial(_correlation, against=against),
    )


FEATURES: tuple[Feature, ...] = (
    _relative_return_feature("market", 20),
    *(_relative_return_feature("sector", n_sessions) for n_sessions in (5, 20, 60)),
    *(_beta_feature(against) for against in _MEANING),
    *(_correlation_feature(against) for against in _MEANING),
    Feature(
        _describe(
            "sector_return_20_less_market",
            "Sector's return less the market's, 20 sessions",
            f"return of 20 sessions of {_MEANING['sector']} less that of {_MEANING['market']}",
            r"\prod_{20} (1 + r_{\mathrm{sector}}) - \prod_{20} (1 + r_{\mathrm{market}})",
            "Moskowitz and Grinblatt (1999), J. Finance 54",
            21,
        ),
        _sector_relative_return,
    ),
)
