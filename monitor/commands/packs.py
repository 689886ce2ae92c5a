"""`groundswell packs`: the ready rules, to look at, to switch on, to copy."""

import json

import click

from monitor.packs import PackRule, load_pack, pack_names, rules_by_id
from monitor.problems import nearest


@click.command("packs")
@click.argument("name", required=False)
@click.option("--query", "only_query", is_flag=True, help="Only the queries, one a line.")
def command(name: str | None, *, only_query: bool) -> None:
    """Show what packs of ready rules there are, or print the rules of one.

    NAME is a pack or one of its rules. What is printed can be copied into a configuration and changed there:
    a rule of your own stands in for the pack's rule with the same id.
    """
    if name is None and not only_query:
        _overview()
        return
    for rule in _named(name):
        click.echo(" ".join(rule.query.split()) if only_query else _as_toml(rule))


def _overview() -> None:
    for pack in pack_names():
        click.echo(f"{pack}: {load_pack(pack).title}")
        for rule in load_pack(pack).rule:
            click.echo(f"    {rule.id:24} {rule.severity.value:10} {rule.title}")
    click.echo('\nSwitch them on in the configuration: [packs] with use = ["grievances", "protest"]')


def _named(name: str | None) -> list[PackRule]:
    rules = rules_by_id()
    if name is None:
        return [rule for _, rule in rules.values()]
    if name in pack_names():
        return list(load_pack(name).rule)
    if name in rules:
        return [rules[name][1]]
    hint = nearest(name, (*pack_names(), *rules)) or "groundswell packs lists them"
    raise click.UsageError(f'there is no pack and no rule "{name}"; {hint}')


def _as_toml(rule: PackRule) -> str:
    facts = {"id": rule.id, "title": rule.title, "severity": rule.severity.value}
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()]
    return "\n".join(["[[rule]]", *lines, f"query = '''\n{rule.query}\n'''", ""])
