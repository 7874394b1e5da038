"""Controls of which one value is chosen: buttons side by side that write it into the address."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component


def choice(
    name: str, kind: str, label: str, options: Sequence[tuple[str, str, str]], default: str = ""
) -> Component:
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
        In their order.
    default : str, optional
        The value that the address does not name; the first unless said otherwise.
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
                    "data-value": "" if value == (default or options[0][0]) else value,
                    "data-tip": tip,
                    "aria-pressed": "false",
                },
            )
            for value, words, tip in options
        ],
        className="choice",
        role="group",
        **{"aria-label": label},
    )
