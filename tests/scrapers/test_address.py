import json
import os
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scrapers.address import Forbidden, Target, judge_addresses, judge_url

PUBLIC = "93.184.216.34"


def target(url: str, *allow_private: str) -> Target:
    verdict = judge_url(url, allow_private=allow_private)
    assert isinstance(verdict, Target), verdict
    return verdict


def reason(url: str, *allow_private: str) -> str:
    verdict = judge_url(url, allow_private=allow_private)
    assert isinstance(verdict, Forbidden), verdict
    return verdict.reason


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://t.me/s/sample", "t.me", 443),
        ("http://example.org:8080/a?b#c", "example.org", 8080),
        ("https://EXAMPLE.org./", "example.org", 443),
        ("https://пример.рф/", "xn--e1afmkfd.xn--p1ai", 443),
        ("http://8.8.8.8/", "8.8.8.8", 80),
        ("http://[2606:4700:0000::1111]/", "2606:4700::1111", 80),
        ("https://under_score.example.org/?x=http://127.0.0.1/", "under_score.example.org", 443),
    ],
)
def test_public_addresses_pass(url: str, host: str, port: int) -> None:
    passed = target(url)
    assert (passed.host, passed.port, passed.trusted) == (host, port, False)


def test_the_target_is_what_is_asked_and_shown() -> None:
    passed = target("https://example.org.:443/a?key=secret#part")
    assert str(passed.url) == "https://example.org/a?key=secret"
    assert passed.shown == "https://example.org/a"
    assert passed.origin == "https://example.org:443"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://example.org/", "only http and https"),
        ("//example.org/", "only http and https"),
        ("", "only http and https"),
        ("http://", "no valid host"),
        ("http://a..b/", "no valid host"),
        ("http://-a.org/", "no valid host"),
        ("http://example.org%00.net/", "no valid host"),
        ("http://[fe80::1%25eth0]/", "no valid host"),
        ("http://[2606:4700::1%25eth0]/", "no valid host"),
        (f"http://{'a' * 64}.org/", "no valid host"),
        ("http://exa mple.org/", "no valid host"),
        ("http://example.org\n/", "not a valid web address"),
        ("http://[::1/", "valid"),
        ("http://user:secret@example.org/", "user name"),
        ("http://example.org:22/", "port 22"),
        ("http://example.org:0/", "port 0"),
        ("http://example.org:70000/", "port 70000"),
        ("http://2130706433/", "disguised"),
        ("http://0x7f.1/", "disguised"),
        ("http://127.1/", "disguised"),
        ("http://example.org.0x10/", "disguised"),
        ("http://0177.0.0.1/", "valid"),
        ("http://localhost/", "local machine or network"),
        ("http://a.localhost./", "local machine or network"),
        ("http://printer/", "local machine or network"),
        ("http://nas.local/", "local machine or network"),
        ("http://metadata.google.internal/", "local machine or network"),
    ],
)
def test_what_the_address_itself_gives_away(url: str, words: str) -> None:
    assert words in reason(url)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1", "a loopback"),
        ("10.1.2.3", "a private"),
        ("172.31.255.255", "a private"),
        ("192.168.0.1", "a private"),
        ("169.254.169.254", "metadata"),
        ("168.63.129.16", "metadata"),
        ("100.100.100.200", "a carrier's shared"),
        ("198.19.255.255", "a benchmark"),
        ("224.0.0.1", "a multicast"),
        ("255.255.255.255", "a reserved"),
        ("0.0.0.0", "an unspecified"),
        ("::", "an unspecified"),
        ("::1", "a loopback"),
        ("fd00:ec2::254", "a private"),
        ("fe80::1", "a link-local"),
        ("ff02::1", "a multicast"),
        ("fec0::1", "a reserved"),
        ("::ffff:10.0.0.1", "a private"),
        ("::7f00:1", "a reserved"),
        ("64:ff9b::7f00:1", "a loopback"),
        ("64:ff9b:1::808:808", "a reserved"),
        ("2002:7f00:1::", "a 6to4"),
        ("2001:0:808:808::1", "a Teredo"),
        ("2001:db8::1", "a documentation"),
    ],
)
def test_special_addresses_are_refused_written_or_looked_up(address: str, words: str) -> None:
    host = f"[{address}]" if ":" in address else address
    assert words in reason(f"http://{host}/")
    found = judge_addresses(target("http://example.org/"), [PUBLIC, address])
    assert found is not None
    assert words in found.reason
    assert 'add "example.org" to allow_private' in found.reason


@pytest.mark.parametrize("address", [PUBLIC, "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_let_through_written_or_looked_up(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    target(f"http://{host}/")
    assert judge_addresses(target("http://example.org/"), [address]) is None


@pytest.mark.parametrize("address", ["", "nonsense", "fe80::1%eth0", "2606:4700::1%1"])
def test_an_unreadable_address_is_refused(address: str) -> None:
    assert judge_addresses(target("http://example.org/"), [address]) is not None


@pytest.mark.parametrize(
    ("url", "entry"),
    [
        ("http://localhost:8080/", "localhost"),
        ("http://localhost:8080/", "LOCALHOST:8080"),
        ("http://127.0.0.1:22/", "127.0.0.1"),
        ("http://[::1]:8080/", "::1"),
        ("http://[::1]:8080/", "0:0::1"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("https://rss.lan/", "rss.lan:443"),
    ],
)
def test_a_host_that_the_owner_names_may_be_private(url: str, entry: str) -> None:
    trusted = target(url, entry)
    assert trusted.trusted
    assert judge_addresses(trusted, ["127.0.0.1", "10.0.0.1"]) is None


@pytest.mark.parametrize(
    ("url", "entry"),
    [
        ("http://localhost:8080/", "localhost:8081"),
        ("http://a.localhost/", "localhost"),
        ("http://127.0.0.2/", "127.0.0.1"),
        ("http://[::1]:81/", "::1:80"),
        ("http://u@localhost/", "localhost"),
        ("ftp://localhost/", "localhost"),
        ("http://0x7f000001/", "0x7f000001"),
    ],
)
def test_naming_one_host_opens_no_other_and_no_trick(url: str, entry: str) -> None:
    reason(url, entry)


@settings(deadline=None)
@given(st.text(), st.lists(st.text()))
@example("http://xn--a/", [])
@example("http://" + "\U0001f600" * 20_000, [])
@example("http://example.org/" + "ж" * 30_000, [])
@example("http://a:" + "9" * 5_000, [])
def test_every_text_gets_a_verdict(text: str, entries: list[str]) -> None:
    for url in (text, f"http://{text}", f"https://example.org/{text}", f"http://[{text}]/"):
        verdict = judge_url(url, allow_private=entries)
        assert isinstance(verdict, Target | Forbidden)
        if isinstance(verdict, Target):
            judge_addresses(verdict, [text])
            assert verdict.shown.isascii()


@settings(deadline=None)
@given(st.ip_addresses())
def test_every_address_gets_the_same_verdict_written_and_looked_up(address: object) -> None:
    host = f"[{address}]" if ":" in str(address) else str(address)
    written = judge_url(f"http://{host}/")
    looked_up = judge_addresses(target("http://example.org/"), [str(address)])
    assert isinstance(written, Forbidden) == (looked_up is not None)


def shared_data() -> Path:
    sibling = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
    return Path(os.environ.get("GROUNDSWELL_SHARED_DATA", sibling))


@pytest.mark.outside_data
def test_known_tricks_are_refused_and_known_pages_are_not() -> None:
    path = shared_data() / "hostile" / "ssrf_urls.json"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    cases = json.loads(path.read_text())
    assert [url for url in cases["block"] if isinstance(judge_url(url), Target)] == []
    assert [url for url in cases["allow"] if isinstance(judge_url(url), Forbidden)] == []
