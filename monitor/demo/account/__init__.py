"""The demo's Telegram account: the story in the loopback data centre, and what reading it there came to.

All but `use` and `summary` needs Telethon, which takes a second to import: import it only where it is used.
"""
