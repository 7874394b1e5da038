"""docs/features.md is the registry's."""

import re

from services.quant.features.registry import LONGEST_CONVERGENCE_SESSIONS, METADATA


def test_the_page_has_every_feature_as_registered(repository_root):
    page = (repository_root / "docs" / "features.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| (\w+) \| (.+) \| (\d+) \| (\d+) \| [\d.]+% \|$", page, re.MULTILINE)
    found = {row[0]: row[1:] for row in rows}
    assert found == {
        name: (m.family.value, m.formula, str(m.warm_up_sessions), str(m.convergence_sessions))
        for name, m in METADATA.items()
    }
    assert f"After {LONGEST_CONVERGENCE_SESSIONS} sessions" in page
