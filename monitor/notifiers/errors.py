"""Why a receiver did not take a delivery, named by what the caller does next.

DeliveryError        the delivery failed; `reason` tells a person why and never contains a secret
 ├── RetryLater      temporary: try the same delivery again, not before `retry_after` where it is given
 ├── ContentRefused  permanent for what this message says: try it in parts, or with less
 └── Undeliverable   permanent for every message: trying again would fail the same way; to the dead letters
"""

from collections.abc import Collection
from datetime import timedelta


class DeliveryError(Exception):
    """A delivery that did not arrive, or may not have."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RetryLater(DeliveryError):
    """The network or the server failed for now, or asked for patience. It may have arrived all the same."""

    def __init__(self, reason: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class ContentRefused(DeliveryError):
    """The receiver refuses this message: too long, unwanted words, not understood. Others it may take.

    Where it cannot be told from a refusal of everything, it is this: a few messages too many lose no alert.
    """

    def __init__(self, reason: str, *, taken: Collection[str] = ()) -> None:
        super().__init__(reason)
        self.taken = frozenset(taken)  # ids of the message's alerts that it took all the same


class Undeliverable(DeliveryError):
    """The receiver refuses for good: wrong token or password, unknown chat or mailbox, bad address."""
