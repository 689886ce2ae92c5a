"""What the demo has found, as a page to read. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Group, JustifyMethod, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from monitor.config import Config
from monitor.config_rules import RuleConfig
from monitor.correlation.kinds import Correlation
from monitor.demo.account.summary import use_of_account
from monitor.demo.account.use import AccountUse
from monitor.demo.play import START
from monitor.demo.story import LENGTH
from monitor.incidents import RULE as SOURCE_HEALTH
from monitor.incidents import TITLE as SOURCE_HEALTH_TITLE
from monitor.mask import CARD, EMAIL, NAME, PHONE
from monitor.message import AlertView, Change
from monitor.notifiers.wording import copies, plain, presentable, visible
from monitor.render import alert_view
from scrapers.counted import counted
from scrapers.model import ItemKind
from storage.model import AlertRecord, NotificationReport, SourceReport, SubjectKind, Totals

_COMPLAINTS = ("rotation-and-leave", "supplies-and-pay")  # rules of the demo's configuration
_SEVERITY_STYLES = {"critical": "bold red", "warning": "yellow", "info": "cyan"}
_KINDS = {"telegram_web": "channel", "telegram": "channel"}
_MASKS = (CARD, EMAIL, NAME, PHONE)
_SHOWN_ALERTS = 3  # of each rule; the rest is counted
_SHOWN_INCIDENTS = 10
_SOURCE_COLUMNS: tuple[tuple[str, JustifyMethod], ...] = (
    ("kind", "left"),
    ("items", "right"),
    ("alerts", "right"),
    ("last news", "left"),
    ("health", "left"),
)
_BARS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What there is to tell after the ten days."""

    config: Config
    sources: tuple[SourceReport, ...]
    totals: Totals
    alerts: tuple[AlertRecord, ...]
    told: Mapping[str, tuple[NotificationReport, ...]]  # alert id -> its notifications
    polls: int
    mails: int
    chat_messages: int
    account: AccountUse | None = None  # None: the channels were read by their previews


def summary(desk: Desk) -> Group:
    """Sources and their health, what it all means, and the loudest alerts of every rule."""
    parts = (Text(), _sources(desk), Text(), _totals(desk), Text(), *_meaning(desk))
    account = () if desk.account is None else (*use_of_account(desk.account), Text())
    return Group(*parts, *account, *_rules(desk))


def _sources(desk: Desk) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("source")  # the only one to give way where the terminal is narrow
    for name, justify in _SOURCE_COLUMNS:
        table.add_column(name, justify=justify, no_wrap=True)
    raised = [alert.source_config_id for alert in desk.alerts]
    for report in desk.sources:
        news = report.last_new_at.astimezone(desk.config.timezone) if report.last_new_at else None
        table.add_row(
            Text(visible(report.name), no_wrap=True, overflow="ellipsis"),
            _KINDS.get(report.kind, report.kind),
            str(report.items),
            str(raised.count(report.config_id) or "-"),
            f"{news:%d %b %H:%M}" if news else "-",
            _health(report),
        )
    return table


def _health(report: SourceReport) -> Text:
    trouble = (report.outcome or "failing",) if report.failures else report.incidents
    return Text(trouble[0].replace("_", " "), "red") if trouble else Text("well", "green")


def _totals(desk: Desk) -> Text:
    totals = desk.totals
    return Text.assemble(
        (f"{counted(desk.polls, 'poll')} brought {counted(totals.items, 'item')}", "bold"),
        f" ({totals.revisions - totals.items} edited later, {totals.copies} repeat a text seen before). ",
        (counted(totals.alerts, "alert"), "bold"),
        f" went out in {counted(desk.mails, 'mail')} and {counted(desk.chat_messages, 'Telegram message')}; "
        "what concerns one rule is told together.",
    )


# ---- what the numbers mean ---------------------------------------------------------------------------------


def _meaning(desk: Desk) -> list[RenderableType]:
    texts = (alert for alert in desk.alerts if alert.subject_kind is SubjectKind.ORIGIN)
    splash = max(texts, key=lambda alert: (alert.copies, START - alert.opened_at), default=None)
    found: list[RenderableType] = []
    if splash is not None and splash.copies:
        found += [_splash(splash), Text()]
    complaints = _complaints(desk)
    return [*found, _groundswell(complaints), Text()] if complaints else found


def _splash(alert: AlertRecord) -> Text:
    return Text.assemble(
        ("A splash: ", "bold cyan"),
        f"one text, first seen at {visible(alert.source_name)}, and "
        f"{counted(alert.copies, 'copy', 'copies')} of it elsewhere. "
        "However loud, it is one origin, so it is one alert of a rule, and its updates count the copies.",
    )


def _groundswell(complaints: list[AlertRecord]) -> Text:
    counts = _per_day(complaints)
    sources = len({alert.source_config_id for alert in complaints})
    return Text.assemble(
        ("A groundswell: ", "bold cyan"),
        f"{len(complaints)} small complaints about rotation, leave, supplies and pay from {sources} "
        "channels, each in words of its own. None is loud. Day by day: ",
        (" ".join(map(str, counts)), "bold"),
        ". This is what predicts.",
    )


def _complaints(desk: Desk) -> list[AlertRecord]:
    """The alerts of channels' posts that complain in words of their own, one a post."""
    posts = {
        alert.subject_key: alert
        for alert in desk.alerts
        if alert.rule_id in _COMPLAINTS
        and alert.item
        and alert.item.kind is ItemKind.POST
        and not alert.copies
    }
    return list(posts.values())


def _per_day(alerts: list[AlertRecord]) -> list[int]:
    days = [(alert.opened_at - START).days for alert in alerts]
    return [days.count(day) for day in range(LENGTH.days)]


# ---- the alerts, rule by rule ------------------------------------------------------------------------------


def _rules(desk: Desk) -> list[Padding]:
    watching: tuple[Correlation | RuleConfig, ...] = (*desk.config.correlations, *desk.config.rules)
    rules = [(rule.id, rule.title, rule.severity.value) for rule in watching]
    rules.append((SOURCE_HEALTH, SOURCE_HEALTH_TITLE, "warning"))
    panels: list[Padding] = []
    for rule_id, title, severity in rules:
        alerts = sorted(
            (one for one in desk.alerts if one.rule_id == rule_id), key=lambda one: (one.opened_at, one.id)
        )
        if alerts:
            panels.append(Padding(_panel(title, _SEVERITY_STYLES[severity], alerts, desk), (0, 0, 1, 0)))
    return panels


def _panel(title: str, style: str, alerts: list[AlertRecord], desk: Desk) -> Panel:
    blocks: list[RenderableType] = []
    if len(alerts) > 1:
        blocks += [_days(alerts), Text()]
    shown = _telling(alerts, desk)
    for alert in shown:
        blocks += [*_alert(alert, desk), Text()]
    more = len(alerts) - len(shown)
    last = [Text(f"and {more} more", "dim")] if more > 0 else []
    return Panel(
        Group(*(blocks if last else blocks[:-1]), *last),
        title=Text(f"{title}: {counted(len(alerts), 'alert')}", style),
        title_align="left",
        border_style=style,
    )


def _days(alerts: list[AlertRecord]) -> Text:
    counts = _per_day(alerts)
    top = max(*counts, 1)
    bars = "".join(_BARS[-(-8 * count // top)] for count in counts)
    return Text.assemble(("a day  ", "dim"), bars, ("  " + " ".join(map(str, counts)), "dim"))


def _telling(alerts: list[AlertRecord], desk: Desk) -> list[AlertRecord]:
    """The few that tell most, in order of time: copied ones, then masked ones, then the first."""
    if alerts[0].rule_id == SOURCE_HEALTH:
        return alerts[:_SHOWN_INCIDENTS]
    loudest = sorted(alerts, key=lambda one: (-one.copies, not _is_masked(_view(one, desk))))
    return sorted(loudest[:_SHOWN_ALERTS], key=lambda one: one.opened_at)


def _view(alert: AlertRecord, desk: Desk) -> AlertView:
    masked = desk.config.alerting.mask
    return presentable(alert_view(alert, Change.OPENED, names=frozenset(), masked=masked))


def _is_masked(view: AlertView) -> bool:
    return any(mask in plain(view.excerpt) for mask in _MASKS)


def _alert(alert: AlertRecord, desk: Desk) -> list[Text]:
    view = _view(alert, desk)
    when = f"{alert.opened_at.astimezone(desk.config.timezone):%a %d %b %H:%M}"
    lines = [Text.assemble((f"{when}  {view.source_name}", "bold"), (f"  {alert.id}", "dim"))]
    if alert.item is None or alert.item.title:
        lines.append(Text(view.headline, "bold"))
    if view.excerpt:
        lines.append(_excerpt(view))
    lines.append(Text(view.reason, "italic"))
    if also := copies(view, most_names=4):
        lines.append(Text(also, "cyan"))
    if view.url:
        lines.append(Text(view.url, "dim", no_wrap=True, overflow="ellipsis"))
    lines.append(Text(f"→ {_receivers(desk.told[alert.id])}", "green"))
    return lines


def _excerpt(view: AlertView) -> Text:
    text = Text.assemble(*((one.text, "bold black on yellow" if one.hit else "") for one in view.excerpt))
    text.highlight_words(_MASKS, "magenta")
    return text


def _receivers(notifications: tuple[NotificationReport, ...]) -> str:
    """Who was told, and how often: what is settled at one moment went out in one message."""
    times: dict[str, set[object]] = {}
    for one in notifications:
        times.setdefault(one.receiver, set()).add(one.settled_at)
    return ", ".join(
        receiver if len(moments) == 1 else f"{receiver} ({len(moments)} times)"
        for receiver, moments in sorted(times.items())
    )
