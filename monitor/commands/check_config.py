"""`groundswell check-config`: every problem at once, each with its line."""

import sys
from pathlib import Path
from typing import Any

import click

from monitor.config import Config
from monitor.json_text import json_text
from monitor.problems import Problem
from scrapers.counted import counted


@click.command("check-config")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a problem.")
@click.pass_obj
def command(config_path: Path, *, as_json: bool) -> None:
    """Read the configuration and tell everything that is wrong with it.

    Exit code: 0 it can be used, 2 it cannot.
    """
    from monitor.config import ConfigInvalid, load

    try:
        config = load(config_path)
    except ConfigInvalid as invalid:
        for problem in invalid.problems:
            click.echo(json_text(_shown(problem)) if as_json else str(problem))
        sys.exit(2)
    for warning in config.warnings:
        shown = _shown(warning) | {"warning": True}
        click.echo(json_text(shown) if as_json else f"warning: {warning}")
    if not as_json:
        _tell_of_packs(config)
        click.echo(
            f"{config_path}: {counted(len(config.sources), 'source')}, {counted(len(config.rules), 'rule')}, "
            f"{_correlations(config)}{counted(len(config.receivers), 'receiver')}. All is well."
        )


def _correlations(config: Config) -> str:
    """Told only where there are some."""
    return f"{counted(len(config.correlations), 'correlation')}, " if config.correlations else ""


def _tell_of_packs(config: Config) -> None:
    names: dict[str, list[str]] = {}
    for rule in config.rules:
        if rule.pack is not None:
            names.setdefault(rule.pack, []).append(rule.id)
    for pack, ids in names.items():
        click.echo(f"rules of the pack {pack}: {', '.join(ids)}")


def _shown(problem: Problem) -> dict[str, Any]:
    return {
        "file": str(problem.file),
        "line": problem.line,
        "where": problem.where,
        "message": problem.message,
        "hint": problem.hint,
    }
