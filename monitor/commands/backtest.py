"""`groundswell backtest`: what the rules would have raised from what is stored."""

import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from monitor.backtest.judge import Labels, change, unraised
from monitor.backtest.near import near_misses
from monitor.backtest.replay import Trial
from monitor.backtest.report import Report
from monitor.backtest.run import Progress, Span, backtest, untold
from monitor.commands.backtest_lines import lines
from monitor.commands.backtest_page import page
from monitor.commands.desk import Duration, desk, print_json
from monitor.commands.paper import show
from monitor.config import Config, load
from monitor.correlation.kinds import CorrelationSet
from monitor.draft import Policy
from monitor.export import Masking
from monitor.rules import RuleSet
from monitor.text import ANALYSIS_VERSION
from storage.model.labels import Verdict
from storage.store import Store

_NONE_NEAR = "no near misses (a rule of one clause has none)"


@click.command("backtest")
@click.option("--rule", "rule_ids", multiple=True, help="Only this rule; may be given again.")
@click.option(
    "--since", type=Duration(), default="30d", show_default=True, help="How far back alerts are counted."
)
@click.option(
    "--against",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Another configuration: what it adds and loses.",
)
@click.option("--as-published", is_flag=True, help="As if every item had been seen when it was published.")
@click.option(
    "--samples", type=click.IntRange(min=0), default=3, show_default=True, help="Alerts shown a rule."
)
@click.option(
    "--near",
    type=click.IntRange(min=1),
    metavar="N",
    help="Also the newest N items a rule that only one clause kept from matching.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a rule and an alert.")
@click.pass_obj
def command(
    config_path: Path,
    rule_ids: tuple[str, ...],
    since: timedelta,
    against: Path | None,
    samples: int,
    near: int | None,
    *,
    as_published: bool,
    as_json: bool,
) -> None:
    """Decide once more on everything that is stored, and count what would have been raised.

    Nothing is written and nobody is told. What is too old when it comes, or came with a source's first poll,
    is held back, as it would have been; --as-published counts that, too: for what `backfill` has brought.

    With --against FILE: what that configuration would raise that this one does not, and the other way round.

    Exit code: 0 done, 1 an alert would be lost that was labelled useful.
    """
    now = datetime.now(UTC)
    with desk(config_path) as (config, store):
        configs = [config] if against is None else [config, load(against)]
        _check_rules(rule_ids, configs)
        key = store.naming_key()
        trials = [trial(one, rule_ids, as_published=as_published, naming_key=key) for one in configs]
        with _progress() as progress:
            report = tried(store, config, trials, Span(since=now - since, until=now), rule_ids, progress)
        if near is not None:
            missed = near_misses(store.past(now, ANALYSIS_VERSION), trials[-1], now - since, near)
            report = replace(report, near=missed)
        masking = masking_of(config)
        if as_json:
            print_json(list(lines(report, masking)))
        else:
            show(*page(report, masking, samples))
            if near is not None and not report.near:
                click.echo(_NONE_NEAR)
    sys.exit(1 if report.is_alarming else 0)


def masking_of(config: Config) -> Masking:
    """How what is shown of stored items is masked."""
    from monitor.building import channel_names

    return Masking(names=channel_names(config.sources), masked=config.alerting.mask)


def _check_rules(rule_ids: Collection[str], configs: list[Config]) -> None:
    known = dict.fromkeys(name for config in configs for name in _ids(config))
    for rule_id in rule_ids:
        if rule_id not in known:
            raise click.UsageError(f'no rule "{rule_id}": there are {", ".join(known) or "none"}')


def _ids(config: Config) -> tuple[str, ...]:
    return (*(rule.id for rule in config.rules), *(one.id for one in config.correlations))


def trial(
    config: Config,
    rule_ids: Collection[str] = (),
    *,
    as_published: bool = False,
    naming_key: bytes = b"",
) -> Trial:
    """The rules and correlations of a configuration, or only some of them, to be tried.

    Alerts on groups of origins are those that the desk raised only with its own key.
    """
    from monitor.registration import correlation_set, rule_set

    versions = dict.fromkeys(_ids(config), 1)
    correlations = correlation_set(config, versions, naming_key)
    rules = rule_set(config, versions)
    if rule_ids:
        chosen = [one for one in correlations.by_id.values() if one.id in rule_ids]
        needed = {*rule_ids, *(rule_id for one in chosen for rule_id in one.rules)}
        correlations = CorrelationSet(chosen, correlations.tags)
        rules = RuleSet(rule for rule in rules.by_id.values() if rule.id in needed)
    policy = Policy(
        rules=rules,
        alerting=config.alerting,
        route=config.route,
        timezone=config.timezone,
        correlations=correlations,
    )
    return Trial(
        policy=policy,
        configured={source.id: source for source in config.sources},
        as_published=as_published,
        told=frozenset(rule_ids) or None,
    )


def tried(
    store: Store,
    config: Config,
    trials: Sequence[Trial],
    span: Span,
    rule_ids: Collection[str] = (),
    progress: Progress = untold,
) -> Report:
    """What the first of `trials` would have raised, and where there are two, what the second changes.

    Raises:
        StorageUnavailable: the database is away.
    """
    outcome = backtest(store.past(span.until, ANALYSIS_VERSION), trials, span, progress)
    labels = Labels(store.labelled(span.since))
    before, after = outcome.trials[0], outcome.trials[-1]
    compared = len(outcome.trials) > 1
    return Report(
        since=span.since or span.until,
        until=span.until,
        zone=config.timezone,
        looked_at=outcome.looked_at,
        rules=before,
        labels=labels,
        missing=unraised(labels, before, Verdict.USEFUL, rule_ids or None),
        change=change(before, after, labels) if compared else None,
        changed=after if compared else (),
    )


@contextmanager
def _progress() -> Iterator[Progress]:
    """Tells a person who watches how far it is; nothing where standard error is no terminal."""
    if not sys.stderr.isatty():
        yield untold
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("reading")
        yield lambda what, done, of: bars.update(task, description=what, completed=done, total=of)
