"""Backtests: what watch rules would have done with everything that is stored. Pure, but for `run`."""
