"""Killing a daemon at chosen events of its own work, evenly spread over all of them."""

import random

from tests.flows.daemons import (
    RULES,
    Launcher,
    Written,
    check,
    daemons,
    let_everything_be_due,
    publish_burst,
    run_until_idle,
    sources,
)

POSTS = 25  # of one burst in one channel: two pages
CHAINS = 10  # of `make soak`, each of which kills at other events than the others
IN_A_ROW = 5  # kills, before one pass may end: a window of a feed is not endless


def kill_in_turns(outside, url: str, kills: int, chain: int = 0) -> None:
    """Kill one desk's daemon again and again, with news before every start; then let it finish, and look."""
    written = sources(outside)
    with Launcher(outside.folder) as launcher:
        points = kill_points(outside, written, launcher, kills, chain)
        config = outside.configure(url, RULES)
        for number, point in enumerate(points, start=2):
            publish_burst(outside, written, number, POSTS)
            let_everything_be_due(url)
            launcher.run_killed(config, point)
            if number % IN_A_ROW == 0:
                let_everything_be_due(url)
                launcher.run_whole(config)
    let_everything_be_due(url)
    with daemons(outside, config) as healthy:
        healthy.start()
        run_until_idle(healthy, url, written)
        assert healthy.stop() == [0]
    check(outside, url, written)


def kill_points(outside, written: Written, launcher: Launcher, kills: int, chain: int) -> list[int]:
    """Some while a desk is set up, most while one burst is collected and told of.

    The events are counted on a desk that is thrown away, with all that it told.
    """
    url = f"sqlite:///{outside.folder / 'counted.db'}"
    config = outside.configure(url, RULES)
    publish_burst(outside, written, 0, POSTS)
    setting_up_too = launcher.run_whole(config)
    publish_burst(outside, written, 1, POSTS)
    let_everything_be_due(url)
    working = launcher.run_whole(config)
    outside.forget()
    assert setting_up_too > working > 100
    early = spread(setting_up_too - working, IN_A_ROW - 1, chain)
    return early + spread(working, kills - len(early), chain)


def spread(last: int, count: int, chain: int) -> list[int]:
    """So many numbers from 1 to `last`, evenly, in mixed order; every chain has its own."""
    points = [int(1 + (place + (chain + 0.5) / CHAINS) * last / count) for place in range(count)]
    random.Random(chain).shuffle(points)
    return points
