"""The examples of docs/tuning.md, played through on a desk of a few fictional posts."""

import re
import shlex
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.analyse import analyse
from monitor.cli import cli
from monitor.config import load_text
from monitor.decide import decide
from monitor.draft import Policy
from monitor.message import Severity
from monitor.poll import recall_keys
from monitor.query import compile_query
from monitor.rules import Rule, RuleSet
from scrapers.model import Cursor, Fetched, Item, ItemKind, Outcome
from storage.store import open_store

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "tuning.md").read_text(encoding="utf-8")
CONFIGURATIONS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
DATABASE = '[database]\nurl = "sqlite:///desk.db"\n'
POSTS = (  # days ago, source, external id, text
    (20, "way-home", "1", "Погода в Заречье ясная (вымышленный пример)"),
    (19, "mothers", "1", "Собираем посылки к празднику (вымышленный пример)"),
    (5, "way-home", "2", "Мужьям не дают отпуск второй год (вымышленный пример)"),
    (4, "mothers", "2", "Мужьям не дают отпуск второй год (вымышленный пример)"),
    (3, "way-home", "3", "Отпуск у моря недорого, звоните (вымышленный пример)"),
    (2, "mothers", "3", "Ротации нет четырнадцать месяцев (вымышленный пример)"),
    (1, "mothers", "4", "Замены так и нет, обещали к лету (вымышленный пример)"),
)


@pytest.fixture
def desk(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a desk that has polled these posts, and alerted, by the first configuration."""
    shutil.copy(sqlite_template, tmp_path / "desk.db")
    monkeypatch.chdir(tmp_path)
    first, changed = CONFIGURATIONS
    Path("config.toml").write_text(DATABASE + first, encoding="utf-8")
    Path("new.toml").write_text(DATABASE + changed, encoding="utf-8")
    collect(first)
    return tmp_path


def collect(configuration: str) -> None:
    config = load_text(configuration, Path("config.toml"), {})
    rules = RuleSet(
        Rule(id=rule.id, title=rule.id, severity=Severity.WARNING, query=rule.query, version=1)
        for rule in config.rules
    )
    policy = Policy(rules=rules, alerting=config.alerting, route=config.route)
    store = open_store("sqlite:///desk.db")
    start = datetime.now(UTC) - timedelta(days=21)
    store.register(config.sources, start)
    for days, name, external_id, text in POSTS:
        now = datetime.now(UTC) - timedelta(days=days)
        source = next(one for one in config.sources if one.id == name)
        item = Item(
            external_id=external_id, kind=ItemKind.POST, url=None, title=None, text=text, published_at=now
        )
        fetched = Fetched(
            source_id=name, outcome=Outcome.ITEMS, fetched_at=now, cursor=Cursor(), items=(item,)
        )
        analysed = (analyse(item, source),)
        known = store.recall(store.source(name).id, recall_keys(fetched, analysed))
        store.commit(decide(fetched, analysed, known, source=source, policy=policy, now=now))
    store.close()


def alike(line: str) -> str:
    """A line without what differs from day to day, and without the room that columns take."""
    line = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "WHEN", line)
    return " ".join(line.split())


@pytest.mark.usefixtures("desk")
def test_the_day_of_the_page_can_be_lived():
    said: set[str] = set()
    shown = re.findall(r"```(sh|text)\n(.*?)```", PAGE, re.DOTALL)
    assert len(shown) >= 8
    for language, block in shown:
        if language == "text":
            assert [line for line in map(alike, block.splitlines()) if line not in said] == []
            continue
        if "--near" in block:
            rewrite("(отпуск OR замена) весна")
        said = {line for call in block.splitlines() for line in map(alike, run(call).splitlines())}


def rewrite(query: str) -> None:
    config = Path("config.toml")
    assert f"With the query `{query}`" in PAGE
    text = re.sub(r'query = ".*?"', f'query = "{query}"', config.read_text(encoding="utf-8"))
    config.write_text(text, encoding="utf-8")
    compile_query(query)


def run(call: str) -> str:
    _, *arguments = shlex.split(call, comments=True)
    result = CliRunner(env={"COLUMNS": "200"}).invoke(cli, arguments, catch_exceptions=False)
    wanted = re.search(r"# exit code (\d)", call)
    lost = "--near" in call  # the query of that example finds another text than the one that was useful
    assert result.exit_code == (int(wanted[1]) if wanted else int(lost)), (call, result.output)
    return result.stdout
