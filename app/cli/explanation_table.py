"""An explanation in lines for a terminal."""

from collections.abc import Mapping
from typing import Any


def explanation_table(report: Mapping[str, Any]) -> str:
    """Return the shown class, the strongest features in words, the families, and whether all adds up."""
    families = sorted(report["families"].items(), key=lambda item: -abs(item[1]))
    return "\n".join(
        (
            (
                f"{report['symbol']} at {report['session']}: {report['shown_class']} "
                f"({report['probability']:.1%}), logit {report['output']:+.3f}"
            ),
            f"against {report['base_output']:+.3f} with {report['baseline']}",
            *(f"  {sentence}" for sentence in report["sentences"]),
            "by family: " + ", ".join(f"{name.replace('_', ' ')} {value:+.3f}" for name, value in families),
            (
                f"{report['method'].replace('_', ' ')}; what is shared out misses the difference by "
                f"{report['additivity_error']:.1e}"
            ),
        )
    )
