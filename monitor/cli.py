"""The command `groundswell`: finds the command's own file, loads it when it is asked for."""

import importlib
import sys
from pathlib import Path

import click

from monitor.logs import LogFormat, choose_format, configure_logging, say_last, take_over
from monitor.problems import ConfigInvalid
from storage.errors import DeskTaken, StorageError

COMMANDS = {  # name -> one line for the overview, shown without loading the module that is called the same
    "run": "Collect, match and alert until stopped.",
    "demo": "Show the whole job on a bundled, fictional sample web.",
    "check-config": "Tell everything that is wrong with the configuration.",
    "packs": "Show the ready rules, to switch on or to copy.",
    "preview": "Show what a source would bring now, and what is refused.",
    "grep": "Print which items of a file match a query.",
    "backtest": "Show what your rules would have raised from what is stored.",
    "search": "Find stored items by their words, in any form.",
    "test-notify": "Send a sample alert to your receivers.",
    "telegram": "Sign a Telegram account in and out, and see how it is.",
    "sources": "Show how every source is doing.",
    "alerts": "Show what was raised, why, and who was told.",
    "history": "Show an item's edits, deletion and views over time.",
    "resend": "Send again what could not be delivered.",
    "backfill": "Store older posts of a source, without alerts.",
    "export": "Write items or alerts for other programs.",
    "backup": "Write the database to one checked file, while it is used.",
    "purge": "Remove an item everywhere, for good.",
    "migrate": "Bring the database to this version's schema.",
}


class Commands(click.Group):
    """Loads a command's module only when that command is used, so that every start is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All names, in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, if there is one."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"monitor.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. Who writes an option of ours behind it is told where it belongs."""
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            ours = {name for option in self.params for name in option.opts}
            if error.option_name not in ours:
                raise
            place = f"groundswell {error.option_name} … {ctx.invoked_subcommand}"
            said = f"{error.message} It stands before the command: {place}"
            raise click.NoSuchOption(error.option_name, said, ctx=error.ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The overview, from `COMMANDS`: loading every command would take a second."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="First steps: `groundswell demo` shows everything on a bundled sample web. Then copy "
    "config.example.toml to config.toml, run `groundswell check-config`, look at a source with "
    "`groundswell preview way-home`, and start with `groundswell run`. "
    "Exit codes: 0 all is well, 1 findings or failures, 2 wrong usage or configuration.",
)
@click.option(
    "-c",
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    envvar="GROUNDSWELL_CONFIG",
    default=Path("config.toml"),
    show_default=True,
    help="The configuration file (or set GROUNDSWELL_CONFIG).",
)
@click.option("-v", "--verbose", count=True, help="Tell more; twice tells everything.")
@click.option(
    "--log-format",
    type=click.Choice(LogFormat, case_sensitive=False),
    envvar="GROUNDSWELL_LOG_FORMAT",
    help="How the log looks: human, or json (one object a line). Without it, `run` writes JSON unless "
    "standard error is a terminal.",
)
@click.version_option(package_name="groundswell", prog_name="groundswell")
@click.pass_context
def cli(context: click.Context, config_path: Path, verbose: int, log_format: LogFormat | None) -> None:
    """Watch public Telegram channels and news pages, and be told when something new matches your rules."""
    unattended = context.invoked_subcommand == "run"
    configure_logging(verbose, choose_format(log_format, for_machines=unattended))
    context.obj = config_path


def main() -> None:
    """Run the command line; every expected trouble becomes one sentence and an exit code."""
    take_over()
    try:
        cli.main(standalone_mode=True)
    except ConfigInvalid as invalid:
        for problem in invalid.problems:
            say_last(str(problem))
        sys.exit(2)
    except StorageError as trouble:
        say_last(f"groundswell: {trouble}")
        sys.exit(2 if isinstance(trouble, DeskTaken) else 1)
