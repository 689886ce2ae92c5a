"""A Telegram data centre on loopback, for the demo and the tests: invented channels, read over MTProto.

    world = World()
    channel = world.channel("frontline_wives", title="Frontline wives (fictional)", joined=True)
    channel.post("When do they come home? (fictional sample)", views=40, reactions={"\N{THUMBS UP SIGN}": 3})
    async with DataCentre(world) as centre:
        client = TelegramClient(StringSession(centre.authorised_session()), API_ID, API_HASH)

It needs Telethon, which takes a second to import: import this package only where it is used.
"""

from monitor.demo.data_centre.accounts import Account
from monitor.demo.data_centre.centre import API_HASH, API_ID, DC_ID, DataCentre, serve_in_thread
from monitor.demo.data_centre.channel import Channel, ChatKind, Profile
from monitor.demo.data_centre.conduct import Call, Conduct, HangUp, RpcRefused
from monitor.demo.data_centre.keys import trusted
from monitor.demo.data_centre.post import Change, ChangeKind, ForwardOrigin, Person, Post
from monitor.demo.data_centre.world import PASSERS_BY, World

__all__ = [
    "API_HASH",
    "API_ID",
    "DC_ID",
    "PASSERS_BY",
    "Account",
    "Call",
    "Change",
    "ChangeKind",
    "Channel",
    "ChatKind",
    "Conduct",
    "DataCentre",
    "ForwardOrigin",
    "HangUp",
    "Person",
    "Post",
    "Profile",
    "RpcRefused",
    "World",
    "serve_in_thread",
    "trusted",
]
