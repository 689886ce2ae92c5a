"""How a person is told: one file a channel, each with its Options beside it."""
