"""`groundswell test-notify`: a sample alert to every receiver, so that the first real one arrives."""

import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import click

from monitor.config import Config


@click.command("test-notify")
@click.argument("receivers", nargs=-1)
@click.pass_obj
def command(config_path: Path, receivers: tuple[str, ...]) -> None:
    """Send a sample alert to RECEIVERS (all, if none is named) and tell what each answered.

    Exit code: 0 all took it, 1 at least one did not.
    """
    from monitor.config import load

    config = load(config_path)
    configured = [receiver.id for receiver in config.receivers]
    unknown = [name for name in receivers if name not in configured]
    if unknown:
        raise click.UsageError(
            f"no receiver {', '.join(unknown)}: there are {', '.join(configured) or 'none'}"
        )
    sys.exit(asyncio.run(_send(config, receivers or tuple(configured))))


async def _send(config: Config, names: tuple[str, ...]) -> int:
    from monitor.building import build_notifiers
    from monitor.clock import SystemClock
    from monitor.notifiers.errors import DeliveryError
    from monitor.notifiers.sample import sample_message

    failed = 0
    notifiers = build_notifiers(config)
    async with AsyncExitStack() as closing:
        for notifier in notifiers.values():
            closing.push_async_callback(notifier.close)
        for name in names:
            try:
                receipt = await notifiers[name].send(sample_message(SystemClock().now(), config.timezone))
            except DeliveryError as error:
                failed += 1
                click.echo(f"{name}: failed: {error.reason}", err=True)
            else:
                click.echo(f"{name}: taken{f' ({receipt.reference})' if receipt.reference else ''}")
    return int(bool(failed))
