"""From what is configured to what the database knows of it, and to what decisions go by."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from monitor.config import Config
from monitor.correlation.absence import first_timers, last_timers
from monitor.correlation.kinds import CorrelationSet
from monitor.draft import Policy
from monitor.incidents import RULE as SOURCE_HEALTH
from monitor.incidents import TITLE as SOURCE_HEALTH_TITLE
from monitor.query.sameness import ask_the_same
from monitor.routing import longest_group_wait
from monitor.rules import Rule, RuleSet
from monitor.schedule import longest_waits
from storage.model import LongestWaits, RuleDefinition
from storage.store import Store


def register(store: Store, config: Config, now: datetime) -> Policy:
    """Make the database know what is configured; returns it as deciding needs it.

    Raises:
        StorageUnavailable: the database is away.
    """
    store.register(config.sources, now)
    store.bring_forward(now, longest(config))
    health = RuleDefinition(id=SOURCE_HEALTH, title=SOURCE_HEALTH_TITLE, severity="warning", query="")
    definitions = rule_definitions(config, store.rule_queries())
    versions = store.register_rules((health, *definitions), now)
    judged_before = store.judged_groups([one.id for one in config.correlations if one.watches_absence])
    first = first_timers(config.correlations, now, judged_before)
    store.start_timers((*first, *last_timers(config.correlations, now, store.alerted_groups())))
    return Policy(
        rules=rule_set(config, versions),
        alerting=config.alerting,
        route=config.route,
        timezone=config.timezone,
        correlations=correlation_set(config, versions, store.naming_key()),
    )


def rule_definitions(config: Config, had: Mapping[str, Sequence[str]]) -> list[RuleDefinition]:
    """The configured rules and correlations; where a rule asks what it has asked before, in those words."""
    rules = [
        RuleDefinition(
            id=rule.id,
            title=rule.title,
            severity=rule.severity,
            query=_known_wording(rule.query_text, had.get(rule.id, ())),
        )
        for rule in config.rules
    ]
    return rules + [
        RuleDefinition(id=one.id, title=one.title, severity=one.severity, query=one.stated())
        for one in config.correlations
    ]


def _known_wording(query: str, had: Sequence[str]) -> str:
    if query in had:
        return query
    return next((before for before in had if ask_the_same(before, query)), query)


def longest(config: Config) -> LongestWaits:
    """How far ahead due times of this desk can rightly lie."""
    return longest_waits(config.sources, longest_group_wait(config.route))


def rule_set(config: Config, versions: Mapping[str, int]) -> RuleSet:
    """The configured rules in their registered versions."""
    return RuleSet(
        Rule(
            id=rule.id,
            title=rule.title,
            severity=rule.severity,
            query=rule.query,
            version=versions[rule.id],
            alerts=rule.alert,
        )
        for rule in config.rules
    )


def correlation_set(config: Config, versions: Mapping[str, int], naming_key: bytes) -> CorrelationSet:
    """The configured correlations in their registered versions, as a desk with this key judges them."""
    return CorrelationSet(
        (replace(one, version=versions[one.id], key=naming_key) for one in config.correlations),
        tags={source.id: source.tags for source in config.sources},
    )
