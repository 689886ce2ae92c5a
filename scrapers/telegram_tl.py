"""What Telegram's own objects are called in annotations: Telethon, which makes them, has no types."""

from typing import Any, TypeAlias

TL: TypeAlias = Any
"""An object of Telegram's schema (https://core.telegram.org/schema), of one of Telethon's classes."""
