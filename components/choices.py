"""Controls of which one value is chosen: buttons side by side that write it into the address."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component


def choice(name: str, kind: str, label: str, options: Sequence[tuple[str, str, str]]) -> Component:
    """Return the buttons of one choice.

    Parameters
    ----------
    name : str
        Its name in the address.
    kind : str
        Type of the buttons' ids.
    label : str
        What is chosen, for those who do not see it.
    options : sequence of (value, words, tip)
        The first is the default: the address does not name it.
    """
    return html.Div(
        [
            html.Button(
                words,
                id={"type": kind, "value": value},
                type="button",
                className="choice-button",
                **{
                    "data-filter": name,
                    "data-value": "" if place == 0 else value,
                    "data-tip": tip,
                    "aria-pressed": "false",
                },
            )
            for place, (value, words, tip) in enumerate(options)
        ],
        className="choice",
        role="group",
        **{"aria-label": label},
    )
