"""Every example of docs/correlations.md is a configuration that works."""

import re
from pathlib import Path

from monitor.config import load_text
from monitor.correlation.kinds import Kind

PAGE = Path(__file__).resolve().parents[1] / "docs" / "correlations.md"
EXAMPLES = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_examples_are_one_sound_configuration_that_shows_every_type():
    config = load_text("\n".join(EXAMPLES), Path("config.toml"), {})
    shown = {one.kind for one in config.correlations}
    assert shown == set(Kind) - {Kind.TEMPORAL}
    assert not [warning for warning in config.warnings if "correlation" in str(warning)]


def test_every_type_is_told():
    assert [kind for kind in Kind if f"`{kind}`" not in PAGE.read_text(encoding="utf-8")] == []
