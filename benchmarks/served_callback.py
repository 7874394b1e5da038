"""A callback of a served page, asked as the browser asks it."""

import json
import urllib.request
from typing import Any


class ServedCallback:
    """The callback that has ``output`` among its outputs."""

    def __init__(self, site: str, output: str) -> None:
        self._site = site
        with urllib.request.urlopen(f"{site}/_dash-dependencies") as answer:  # noqa: S310 - ours
            known = json.load(answer)
        self._about = next(
            one for one in known if f"..{output}." in f".{one['output']}" and not one["clientside_function"]
        )

    def answer(self, values: dict[str, Any]) -> bytes:
        """Return what the callback sends; inputs that are not named are null."""
        outputs = [part.rsplit(".", 1) for part in self._about["output"].strip(".").split("...")]
        body = {
            "output": self._about["output"],
            "outputs": [{"id": name, "property": what} for name, what in outputs],
            "changedPropIds": [],
            **{
                kind: [{**each, "value": values.get(each["id"])} for each in self._about[kind]]
                for kind in ("inputs", "state")
            },
        }
        request = urllib.request.Request(  # noqa: S310 - ours
            f"{self._site}/_dash-update-component",
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "Origin": self._site},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            found: bytes = answer.read()
        return found
