"""`groundswell migrate`: bring the database up to date without starting the daemon."""

from pathlib import Path

import click


@click.command("migrate")
@click.option("--check", is_flag=True, help="Only tell where the database stands.")
@click.pass_obj
def command(config_path: Path, *, check: bool) -> None:
    """Bring the database to this version's schema. `run` does this by itself at every start."""
    from monitor.config import load
    from storage import migrate

    url = load(config_path).database_url
    if not check:
        migrate.upgrade(url)
    stands, wanted = migrate.current(url), migrate.head()
    click.echo(f"schema {stands or 'none yet'}, this version wants {wanted}")
    if stands != wanted:
        raise click.exceptions.Exit(1)
