"""One spelling for one address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.canonical import canonical_url, host_of


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://News.Example.ORG", "http://news.example.org/"),
        ("https://news.example.org:443/a", "https://news.example.org/a"),
        ("http://news.example.org:80/a", "http://news.example.org/a"),
        ("http://news.example.org:443/a", "http://news.example.org:443/a"),
        ("https://news.example.org./a", "https://news.example.org/a"),
        ("https://name:secret@news.example.org/a", "https://news.example.org/a"),
        ("https://news.example.org/a#comments", "https://news.example.org/a"),
        ("https://news.example.org/#!/topic/7", "https://news.example.org/#!/topic/7"),
        ("https://news.example.org/a/../b/./c", "https://news.example.org/b/c"),
        ("https://news.example.org/a/b/..", "https://news.example.org/a/"),
        ("https://news.example.org/../../a", "https://news.example.org/a"),
        ("https://news.example.org/a//b", "https://news.example.org/a//b"),
        ("https://news.example.org/%7Eeditor/%d0%b0", "https://news.example.org/~editor/%D0%B0"),
        (
            "https://news.example.org/ротация",
            "https://news.example.org/%D1%80%D0%BE%D1%82%D0%B0%D1%86%D0%B8%D1%8F",
        ),
        ("https://news.example.org/100%", "https://news.example.org/100%25"),
        ("https://news.example.org/a b", "https://news.example.org/a%20b"),
        ("  https://news.example.org/a\n", "https://news.example.org/a"),
        ("https://news.example.org/a\n\tb", "https://news.example.org/ab"),
        ("https://новини.example.org/a", "https://xn--b1amarcd.example.org/a"),
        ("https://[2001:DB8::1]:8080/a", "https://[2001:db8::1]:8080/a"),
        ("https://news.example.org?b=2&a=1", "https://news.example.org/?a=1&b=2"),
        ("https://news.example.org/a?id=7&utm_source=x&fbclid=y", "https://news.example.org/a?id=7"),
        ("https://news.example.org/a?utm_source=x", "https://news.example.org/a"),
        ("https://news.example.org/a?yclid=1&_openstat=2&ysclid=3", "https://news.example.org/a"),
        (
            "https://news.example.org/a?ref=7&source=tv&uid=9",
            "https://news.example.org/a?ref=7&source=tv&uid=9",
        ),
        ("https://news.example.org/a?q=%CF%F0%E8", "https://news.example.org/a?q=%CF%F0%E8"),
        ("https://news.example.org/a?x[]=2&x[]=1", "https://news.example.org/a?x%5B%5D=2&x%5B%5D=1"),
        ("https://news.example.org/a?print", "https://news.example.org/a?print"),
        ("https://m.example.org/amp/a", "https://m.example.org/amp/a"),
    ],
)
def test_one_spelling(url: str, expected: str | None) -> None:
    assert canonical_url(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "news",
        "/relative",
        "//news.example.org/no-scheme",
        "javascript:alert(1)",
        "mailto:desk@example.org",
        "ftp://example.org/a",
        "http://",
        "http:///path",
        "http://exa mple.org/",
        "http://example.org:99999/",
        "http://example.org:port/",
        "http://[::1/",
        "http://-.example.org/",
        "http://a..example.org/",
        "tag:example.org,2026:1",
        "https://news.example.org/" + "a" * 5_000,
    ],
)
def test_what_is_no_web_address(url: str) -> None:
    assert canonical_url(url) is None


@pytest.mark.parametrize(
    ("url", "base", "expected"),
    [
        ("/a", "https://news.example.org/list/", "https://news.example.org/a"),
        ("a", "https://news.example.org/list/", "https://news.example.org/list/a"),
        ("?page=2", "https://news.example.org/list", "https://news.example.org/list?page=2"),
        ("//cdn.example.org/a", "https://news.example.org/", "https://cdn.example.org/a"),
        ("https://other.example.org/a", "https://news.example.org/", "https://other.example.org/a"),
        ("javascript:void(0)", "https://news.example.org/", None),
        ("/a", "not an address", None),
        ("", "https://news.example.org/", None),
    ],
)
def test_relative_to_a_base(url: str, base: str, expected: str | None) -> None:
    assert canonical_url(url, base) == expected


def test_hosts_are_compared_without_www() -> None:
    assert host_of("https://www.Example.org/a") == host_of("http://example.org:8080/b") == "example.org"
    assert host_of("nowhere") is None


_URLISH = st.text(alphabet="htps:/?#[]@!$&'()*+,;=%.~-_ aZ09\t\nяř\u3002\x00\ud800", max_size=40)


@given(
    st.one_of(
        st.text(max_size=60),
        _URLISH,
        _URLISH.map("https://example.org/".__add__),
        _URLISH.map("http://".__add__),
    )
)
def test_never_raises_and_is_idempotent(url: str) -> None:
    canonical = canonical_url(url)
    if canonical is not None:
        assert canonical_url(canonical) == canonical
        assert canonical.isascii()


@given(_URLISH, _URLISH)
def test_any_base_never_raises(url: str, base: str) -> None:
    canonical_url(url, base)
    canonical_url(url, "https://example.org/" + base)
