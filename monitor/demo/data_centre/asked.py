"""Who asks, and for which channel."""

from telethon.tl import types

from monitor.demo.data_centre import describe
from monitor.demo.data_centre.accounts import Account, KnownKey
from monitor.demo.data_centre.channel import Channel
from monitor.demo.data_centre.conduct import RpcRefused
from monitor.demo.data_centre.tl import TL
from monitor.demo.data_centre.world import World


def channel_id_of(request: TL) -> int | None:
    """The id of the channel that a request is about, or None."""
    for name in ("channel", "peer"):
        found = getattr(getattr(request, name, None), "channel_id", None)
        if isinstance(found, int):
            return found
    return None


def signed_in(known: KnownKey) -> Account:
    """Whose account the asking key opens.

    Raises:
        RpcRefused: nobody's.
    """
    if known.account is None:
        raise RpcRefused(401, "AUTH_KEY_UNREGISTERED")
    return known.account


def channel_asked_for(world: World, account: Account, peer: TL) -> Channel:
    """The channel that an InputChannel or an InputPeerChannel means.

    Raises:
        RpcRefused: there is none, the access hash is another account's, or it is closed to the account.
    """
    if not isinstance(peer, types.InputChannel | types.InputPeerChannel):
        raise RpcRefused(400, "PEER_ID_INVALID")
    channel = world.channels.get(peer.channel_id)
    if channel is None or peer.access_hash != describe.access_hash(account, channel.id):
        raise RpcRefused(400, "CHANNEL_INVALID")
    if channel.profile.closed:
        raise RpcRefused(400, "CHANNEL_PRIVATE")
    if channel.profile.username is None and not channel.profile.joined:
        raise RpcRefused(400, "CHANNEL_PRIVATE")
    return channel
