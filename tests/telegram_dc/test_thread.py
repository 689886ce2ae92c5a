"""The data centre in a thread of its own serves clients in other processes, which may die and come back."""

import asyncio
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from monitor.demo.data_centre import DataCentre, World, serve_in_thread
from tests.telegram_dc.client import connected, history_request, input_peer
from tests.telegram_dc.faults import Faults

CLIENT = """
    import asyncio, sys
    from telethon import TelegramClient, events
    from telethon.sessions import StringSession

    async def main():
        client = TelegramClient(StringSession(sys.argv[1]), 1, "x")

        @client.on(events.NewMessage)
        async def tell(event):
            print(event.raw_text, flush=True)

        await client.connect()
        print((await client.get_me()).phone, flush=True)
        await client.disconnected

    asyncio.run(main())
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "client.py"
    path.write_text(textwrap.dedent(CLIENT))
    return path


def lives(program: Path, session: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, str(program), session], stdout=subprocess.PIPE, text=True)


def test_a_process_hears_is_killed_and_comes_back(program: Path) -> None:
    world = World()
    channel = world.channel("frontline_wives", joined=True)
    with serve_in_thread(world) as centre:
        session = centre.authorised_session()
        for text in ("First life (fictional sample)", "Second life (fictional sample)"):
            with lives(program, session) as process:
                assert process.stdout is not None
                assert process.stdout.readline().strip() == world.accounts[0].phone
                channel.post(text)
                assert process.stdout.readline().strip() == text
                process.kill()
        assert centre.errors == []


async def test_stops_while_a_client_waits_for_it() -> None:
    world = World()
    faults = Faults()
    with serve_in_thread(world, conduct=faults) as centre:
        faults.hang("messages.getHistory")
        channel = world.channel("frontline_wives")
        async with connected(centre) as client:
            asking = asyncio.ensure_future(client(history_request(input_peer(centre, channel))))
            while not faults.met:  # noqa: ASYNC110 - it is met in another thread
                await asyncio.sleep(0.01)
            centre.hang_up()
            assert (await asking).count == 0
        assert centre.errors == []


async def test_two_data_centres_are_trusted_at_once() -> None:
    async with DataCentre(World()) as one, DataCentre(World()) as other, connected(one), connected(other):
        pass
