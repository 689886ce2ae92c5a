"""Killing a daemon at chosen events of its own work, evenly spread over all of them."""

import random
from pathlib import Path

from tests.flows.daemons import (
    RULES,
    Suicides,
    Written,
    check,
    daemons,
    let_everything_be_due,
    publish_burst,
    run_until_idle,
    sources,
)

CHAINS = 10  # of `make soak`, each of which kills at other events than the others


def kill_in_turns(outside, url: str, kills: int, chain: int = 0) -> None:
    """Kill one desk's daemon again and again, with news before every start; then let it finish, and look."""
    written = sources(outside)
    setting_up, working = count_events(outside, written)
    kills_of_setup = kills // 5
    points = spread(1, setting_up, kills_of_setup, chain)
    points += spread(1, working, kills - kills_of_setup, chain)
    config = outside.configure(url, RULES)
    with Suicides(config, "run") as running:
        for number, point in enumerate(points, start=2):
            publish_burst(outside, written, number)
            let_everything_be_due(url)
            code, events = running.run(point)
            assert (code, events >= point) == (-9, True), (point, code, events, running.log())
    let_everything_be_due(url)
    with daemons(outside, config) as healthy:
        healthy.start()
        run_until_idle(healthy, url, written)
        assert healthy.stop() == [0]
    check(outside, url, written)


def count_events(outside, written: Written) -> tuple[int, int]:
    """How many events setting a desk up takes, and how many collecting one burst and telling of it.

    Counted on a desk that is thrown away, with all that it told.
    """
    path = outside.folder / "counted.db"
    url = f"sqlite:///{path}"
    publish_burst(outside, written, 0)
    with Suicides(outside.configure(url, RULES), "run", "--once") as counting:
        first = counting.run()
        publish_burst(outside, written, 1)
        let_everything_be_due(url)
        second = counting.run()
        assert (first[0], second[0]) == (0, 0), counting.log()
    forget_database(path)
    outside.forget()
    assert first[1] > second[1] > 100
    return first[1] - second[1], second[1]


def spread(first: int, last: int, count: int, chain: int) -> list[int]:
    """So many numbers evenly between two, in mixed order; every chain has its own."""
    step = (last - first + 1) / count
    points = [int(first + (place + (chain + 0.5) / CHAINS) * step) for place in range(count)]
    random.Random(chain).shuffle(points)
    return points


def forget_database(path: Path) -> None:
    """Remove a SQLite file and what lies beside it."""
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
