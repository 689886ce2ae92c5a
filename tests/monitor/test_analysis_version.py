"""`ANALYSIS_VERSION` rises whenever texts come to have other forms."""

import hashlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from monitor.text import ANALYSIS_VERSION, analyse_text, normalise

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "analysis_sample.txt"  # fictional: a language a line

DIGESTS = {3: "6115787481adc6b0", 4: "a8f22de3887ed467", 5: "3b3f4687b078b693"}
"""Of the forms of the sample, by version."""


def forms() -> Iterator[str]:
    """Everything that is compared or stored of the sample's texts."""
    for line in SAMPLE.read_text(encoding="utf-8").splitlines():
        language, _, text = line.partition(": ")
        yield normalise(text)
        for analysed in (analyse_text(text, language), analyse_text(text, None)):
            yield repr((analysed.exacts, analysed.lemmas))


@pytest.mark.skipif(find_spec("pymorphy3_dicts_uk") is not None, reason="another dictionary, other forms")
def test_other_forms_are_another_version() -> None:
    digest = hashlib.sha256("\n".join(forms()).encode()).hexdigest()[:16]

    assert (digest, ANALYSIS_VERSION) == (DIGESTS[max(DIGESTS)], max(DIGESTS)), (
        f"the forms of texts changed: raise ANALYSIS_VERSION, and list {digest!r} under it here; "
        "a version that was never released may keep its number"
    )
