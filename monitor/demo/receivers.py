"""Where the demo's alerts arrive: a mail server and a Bot API, both real and both on loopback."""

from monitor.demo.bot_api import BotApi, ChatMessage, Fault
from monitor.demo.smtp_sink import HANG_UP, ReceivedMail, SmtpSink

__all__ = ["HANG_UP", "BotApi", "ChatMessage", "Fault", "ReceivedMail", "SmtpSink"]
