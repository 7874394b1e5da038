"""What a component holds, whole: its own repr leaves out the middle of long lists."""

import plotly.io


def text_of(component) -> str:
    """Return a component, or a list of them, as JSON text in plain characters."""
    return plotly.io.json.to_json_plotly(component, engine="json").encode().decode("unicode_escape")
