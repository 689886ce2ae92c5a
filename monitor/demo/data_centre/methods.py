"""What each of Telegram's methods answers (https://core.telegram.org/methods): as few as a reader needs."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from telethon.tl import functions, types

from monitor.demo.data_centre.accounts import Account
from monitor.demo.data_centre.asked import signed_in
from monitor.demo.data_centre.conduct import Call, RpcRefused
from monitor.demo.data_centre.methods_channels import CHANNEL_METHODS
from monitor.demo.data_centre.methods_updates import UPDATE_METHODS
from monitor.demo.data_centre.signing import Signing
from monitor.demo.data_centre.tl import TL
from monitor.demo.data_centre.world import World

_FOR_ACCOUNTS: Final[Mapping[type, Callable[[World, Account, TL], TL]]] = CHANNEL_METHODS | UPDATE_METHODS
_CONFIG_LIFE: Final = timedelta(hours=1)


class Methods:
    """Carries requests out."""

    def __init__(self, world: World, *, dc_id: int) -> None:
        self._world = world
        self._dc_id = dc_id
        self.signing = Signing(world)

    def result(self, call: Call, *, host: str, port: int) -> TL:
        """What a request brings.

        Raises:
            RpcRefused: it cannot be carried out, or is not known here.
        """
        request = call.request
        if isinstance(request, functions.help.GetConfigRequest):
            return _config(self._world, self._dc_id, host, port)
        if sign := self.signing.methods.get(type(request)):
            return sign(call.known, request)
        method = _FOR_ACCOUNTS.get(type(request))
        if method is None:
            raise RpcRefused(400, "INPUT_METHOD_INVALID")
        return method(self._world, signed_in(call.known), request)


def _config(world: World, dc_id: int, host: str, port: int) -> TL:
    """help.getConfig, with the one data centre there is."""
    now = world.now()
    return types.Config(
        date=now,
        expires=now + _CONFIG_LIFE,
        test_mode=False,
        this_dc=dc_id,
        dc_options=[types.DcOption(id=dc_id, ip_address=host, port=port)],
        dc_txt_domain_name="data-centre.invalid",
        chat_size_max=200,
        megagroup_size_max=200_000,
        forwarded_count_max=100,
        online_update_period_ms=210_000,
        offline_blur_timeout_ms=5_000,
        offline_idle_timeout_ms=30_000,
        online_cloud_timeout_ms=300_000,
        notify_cloud_delay_ms=30_000,
        notify_default_delay_ms=1_500,
        push_chat_period_ms=60_000,
        push_chat_limit=2,
        edit_time_limit=172_800,
        revoke_time_limit=2_147_483_647,
        revoke_pm_time_limit=2_147_483_647,
        rating_e_decay=2_419_200,
        stickers_recent_limit=200,
        channels_read_media_period=604_800,
        call_receive_timeout_ms=20_000,
        call_ring_timeout_ms=90_000,
        call_connect_timeout_ms=30_000,
        call_packet_timeout_ms=10_000,
        me_url_prefix="https://t.me/",
        caption_length_max=1_024,
        message_length_max=4_096,
        webfile_dc_id=dc_id,
    )
