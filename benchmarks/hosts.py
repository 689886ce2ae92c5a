"""A thousand hosts fetched at once against the same requests to one host, through the one polite client.

All hosts are one server of ours, which acts as their proxy: every host has connections of its own, as it
would have on the web, and nothing waits for a name server. No host is paced.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from statistics import median
from time import perf_counter

from benchmarks.figures import Figure, ratio
from benchmarks.processes import web
from benchmarks.sizes import Sizes
from monitor.clock import SystemClock
from scrapers.http import HttpClient, HttpOptions

TARGET = 0.7
AT_ONCE = 50  # requests in flight, in both


def run(sizes: Sizes) -> Iterator[Figure]:
    """The rate over many hosts, as a share of the rate at one."""
    many = [f"http://host-{number}.example.org/page" for number in range(sizes.hosts)]
    one = ["http://host.example.org/page"] * sizes.hosts
    with web() as port:
        yield asyncio.run(_compared(many, one, port, sizes))


async def _compared(many: Sequence[str], one: Sequence[str], port: int, sizes: Sizes) -> Figure:
    options = HttpOptions(
        proxy=f"http://127.0.0.1:{port}", per_host_interval=timedelta(0), per_host_concurrency=AT_ONCE
    )
    async with HttpClient(options, SystemClock()) as client:
        await _fetch_all(client, one)
        taken = [
            (await _fetch_all(client, one), await _fetch_all(client, many)) for _ in range(sizes.repeats)
        ]
    of_one, of_many = zip(*taken, strict=True)
    return Figure(
        name=f"{len(many):,} hosts / the same requests to one host, requests a second",
        value=ratio(of_one, of_many),
        unit="x",
        target=TARGET,
        bound="least",
        raw={"many_per_s": len(many) / median(of_many), "one_per_s": len(one) / median(of_one)},
    )


async def _fetch_all(client: HttpClient, addresses: Sequence[str]) -> float:
    """Seconds until all are fetched."""
    places = asyncio.Semaphore(AT_ONCE)

    async def fetch(address: str) -> None:
        async with places:
            await client.get(address)

    began = perf_counter()
    async with asyncio.TaskGroup() as group:
        for address in addresses:
            group.create_task(fetch(address))
    return perf_counter() - began
