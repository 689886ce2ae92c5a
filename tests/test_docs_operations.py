"""docs/operations.md knows every outcome, metric and status that there is, and none that there is not."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeGuard

import yaml

from monitor.clock import SystemClock
from monitor.gauges import Gauges
from monitor.incidents import KINDS
from monitor.metrics import Metrics
from monitor.poll import InternalError
from scrapers import errors
from scrapers.errors import ScrapeError
from scrapers.model import Outcome
from storage.model import NotificationStatus
from storage.model.vitals import OutboxVitals, SourceVitals, Vitals

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")


def first_column(header: str) -> set[str]:
    """What the table with this header tells of."""
    table = re.search(rf"^\| {header} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert table is not None
    return set(re.findall(r"^\| `([^`]+)` \|", table[1], re.MULTILINE))


def exposed() -> set[str]:
    now = datetime.now(UTC)
    source = SourceVitals(config_id="a", failures=0, last_success_at=now, last_new_at=now, next_due_at=now)
    outbox = OutboxVitals(receiver="b", pending=1, dead=1, oldest_pending_at=now)
    vitals = Vitals(sources=(source,), outbox=(outbox,))
    metrics = Metrics(sources=["a"], receivers=["b"])
    metrics.registry.register(Gauges(lambda: vitals, SystemClock(), metrics))
    text, _ = metrics.exposition("")
    names = re.findall(r"^# TYPE (groundswell_\w+) (?!.*\bcreated\b)", text.decode(), re.MULTILINE)
    return {name for name in names if not name.endswith("_created")}


def is_failure(kind: object) -> TypeGuard[type[ScrapeError]]:
    return isinstance(kind, type) and issubclass(kind, ScrapeError) and kind is not ScrapeError


def test_every_metric_is_told_of_and_no_other():
    assert first_column("metric") == exposed()


def test_the_rules_for_prometheus_can_be_read_and_ask_for_metrics_that_exist():
    texts = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    blocks = [yaml.safe_load(text) for text in texts]
    (scrape,) = [block["scrape_configs"] for block in blocks if "scrape_configs" in block]
    (group,) = [group for block in blocks for group in block.get("groups", ())]
    assert scrape[0]["job_name"] == "groundswell"
    assert len(group["rules"]) == 3
    asked = set(re.findall(r"groundswell_\w+", " ".join(rule["expr"] for rule in group["rules"])))
    assert asked <= exposed()


def test_every_outcome_of_a_poll_is_told_of_and_no_other():
    raised = {kind.outcome for kind in vars(errors).values() if is_failure(kind)}
    failures = raised | {InternalError.outcome}
    of_the_loop = {"storage_unavailable", "lease_lost", "not_configured"}
    assert first_column("outcome") == {*map(str, Outcome), *failures, *of_the_loop}


def test_every_kind_of_incident_is_told_of_with_its_severity_and_no_other():
    told = re.findall(r"^\| `(\w+)` \| (info|warning|critical) \|", PAGE, re.MULTILINE)
    assert dict(told) == {kind: str(known.severity) for kind, known in KINDS.items()}
    assert first_column("incident") == KINDS.keys()


def test_every_fate_of_a_notification_is_told_of_and_no_other():
    assert first_column("status") == set(map(str, NotificationStatus))
