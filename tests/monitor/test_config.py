"""The configuration as a whole: what it becomes, and what is said when it can't be used."""

import re
import time
from datetime import timedelta
from pathlib import Path
from textwrap import dedent
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config import Config, ConfigInvalid, load, load_text
from monitor.message import Severity
from monitor.notifiers.email import EmailOptions
from monitor.notifiers.telegram import TelegramOptions
from monitor.routing import Route, destinations
from monitor.settings import AlertingOptions
from scrapers import feed, telegram_web
from scrapers.http import HttpOptions

DESK = Path("/desk/config.toml")

GOOD = """
timezone = "Europe/Prague"
retention = "90d"
concurrency = 4

[database]
url = "sqlite:///data/groundswell.db"

[http]
contact = "https://example.org/monitoring"
per_host_interval = "2s"

[alerting]
max_age = "1d"
first_poll = true

[[source]]
id = "relatives"
kind = "telegram_web"
name = "Relatives (sample)"
channel = "https://t.me/s/Sample_Relatives"
interval = "10m"
tags = ["families"]
language = "ru"
country = "RU"

[[source]]
id = "news"
kind = "feed"
url = "https://news.example.org/rss"

[[rule]]
id = "rotation"
title = "Rotation"
severity = "critical"
query = "ротация OR отпуск"

[[receiver]]
id = "mail"
kind = "email"
host = "smtp.example.org"
sender = "alerts@example.org"
to = ["desk@example.org"]

[[receiver]]
id = "phone"
kind = "telegram"
chat_id = -100123
token_env = "BOT_TOKEN"

[route]
receivers = ["mail"]
group_wait = "1m"

  [[route.routes]]
  match = { severity = "critical", tag = ["families", "families"] }
  receivers = ["phone", "mail"]
  group_by = ["rule", "source"]
  continue = true

    [[route.routes.routes]]
    match = { kind = "feed" }

  [[route.routes]]
  match = { subject = "incident" }
  group_wait = "0s"
"""


def loaded(text: str, **environ: str) -> Config:
    return load_text(dedent(text), DESK, {"BOT_TOKEN": "hunter2"} | environ)


def problems(text: str, **environ: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        loaded(text, **environ)
    return [str(problem).removeprefix("/desk/config.toml:") for problem in caught.value.problems]


def warnings(text: str) -> list[str]:
    return [str(warning).removeprefix("/desk/config.toml:") for warning in loaded(text).warnings]


def test_a_whole_configuration() -> None:
    config = loaded(GOOD)
    assert config.path == DESK
    assert config.timezone == ZoneInfo("Europe/Prague")
    assert config.retention == timedelta(days=90)
    assert config.retention_size is None
    assert config.concurrency == 4
    assert config.database_url == "sqlite:////desk/data/groundswell.db"
    assert config.http == HttpOptions(
        contact="https://example.org/monitoring", per_host_interval=timedelta(seconds=2)
    )
    assert config.alerting == AlertingOptions(max_age=timedelta(days=1), first_poll=True)
    assert config.warnings == ()


def test_sources_have_their_kinds_options_in_one_spelling() -> None:
    relatives, news = loaded(GOOD).sources
    assert relatives.options == telegram_web.Options(channel="Sample_Relatives")
    assert (relatives.name, relatives.interval) == ("Relatives (sample)", timedelta(minutes=10))
    assert (relatives.tags, relatives.language, relatives.country) == (("families",), "ru", "RU")
    assert news.options == feed.Options(url="https://news.example.org/rss")
    assert (news.name, news.interval) == ("news", timedelta(minutes=15))


SOURCES_TO_REFRESH = """
[[source]]
id = "channel"
kind = "telegram_web"
channel = "sample_channel"

[[source]]
id = "calm"
kind = "telegram_web"
channel = "sample_calm"
refresh = []

[[source]]
id = "own"
kind = "telegram_web"
channel = "sample_own"
refresh = ["2h"]

[[source]]
id = "feed"
kind = "feed"
url = "https://a.example.org/rss"
refresh = ["2h"]
"""


def test_sources_are_refreshed_as_all_are_or_in_their_own_way_and_only_where_it_can_be_done() -> None:
    ages = [timedelta(minutes=15), *(timedelta(hours=count) for count in (1, 6, 24, 7 * 24))]
    by_id = {one.id: list(one.refresh) for one in loaded(SOURCES_TO_REFRESH).sources}
    assert by_id == {"channel": ages, "calm": [], "own": [timedelta(hours=2)], "feed": []}
    (channel, *_) = loaded('refresh = ["3d"]\n' + SOURCES_TO_REFRESH).sources
    assert channel.refresh == (timedelta(days=3),)


def test_rules_are_compiled() -> None:
    (rule,) = loaded(GOOD).rules
    assert (rule.id, rule.title, rule.severity) == ("rotation", "Rotation", Severity.CRITICAL)
    assert rule.query_text == "ротация OR отпуск"
    assert rule.query.terms() == ("ротация", "отпуск")


def test_receivers_know_where_their_secrets_are() -> None:
    mail, phone = loaded(GOOD).receivers
    assert mail.options == EmailOptions(
        host="smtp.example.org", sender="alerts@example.org", to=("desk@example.org",)
    )
    assert phone.options == TelegramOptions(chat_id=-100123, token_env="BOT_TOKEN")


def test_routes_take_from_their_parents_what_they_leave_out() -> None:
    route = loaded(GOOD).route
    first, second = route.routes
    assert route == Route(receivers=("mail",), group_wait=timedelta(minutes=1), routes=(first, second))
    assert first.match == {"severity": ("critical",), "tag": ("families", "families")}
    assert (first.receivers, first.group_by) == (("phone", "mail"), ("rule", "source"))
    assert (first.keep_matching, first.place, first.group_wait) == (True, "1", timedelta(minutes=1))
    assert first.routes[0] == Route(
        receivers=("phone", "mail"),
        match={"kind": ("feed",)},
        group_by=("rule", "source"),
        group_wait=timedelta(minutes=1),
        place="1.1",
    )
    assert (second.receivers, second.group_wait, second.place) == (("mail",), timedelta(0), "2")


def test_an_empty_file_prints_everything_on_the_terminal() -> None:
    config = loaded("")
    assert [(receiver.id, receiver.kind) for receiver in config.receivers] == [("terminal", "terminal")]
    assert [told.receiver for told in destinations(config.route, {})] == ["terminal"]
    assert config.database_url == "sqlite:////desk/groundswell.db"
    assert warnings("") == [
        "1: no receivers: alerts are only printed on the terminal; add a [[receiver]]",
        "1: no sources: nothing is polled; add a [[source]]",
        "1: no rules: only trouble with sources alerts; add a [[rule]], or switch on [packs]",
        "1: servers are not told whom to ask about our visits; add contact to [http]",
    ]


def test_without_routes_every_receiver_is_told_of_everything() -> None:
    text = GOOD[: GOOD.index("[route]")]
    assert [told.receiver for told in destinations(loaded(text).route, {})] == ["mail", "phone"]


def test_a_receiver_that_no_route_names_is_worth_a_warning() -> None:
    text = GOOD.replace('["phone", "mail"]', '["mail"]')
    assert warnings(text) == ['45: receiver "phone": no route tells this receiver anything']


def test_secrets_that_are_not_there_yet_are_worth_a_warning() -> None:
    text = """\
    [http]
    contact = "https://example.org/"
    [[source]]
    id = "news"
    kind = "feed"
    url = "https://news.example.org/rss"
    [[rule]]
    id = "a"
    query = "a"
    [[receiver]]
    id = "phone"
    kind = "telegram"
    chat_id = 1
    token_env = "NOT_SET"
    [[receiver]]
    id = "group"
    kind = "telegram"
    chat_id = 2
    token_file = "secrets/bot"
    """
    assert warnings(text) == [
        '14: receiver "phone": the environment variable NOT_SET is not set here',
        '19: receiver "group": there is no file /desk/secrets/bot',
    ]


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    text = """\
    retention = "1h"
    concurency = 3

    [http]
    proxy = "ftp://proxy.example.org"

    [alerting]
    failures_before_incident = 0

    [[source]]
    id = "relatives"
    kind = "telegram_web"
    channel = "sample_relatives"
    intervall = "10m"

    [[source]]
    id = "news"
    kind = "fed"
    url = "https://news.example.org/rss"

    [[rule]]
    id = "rotation"
    query = '''
    ротация OR (
      отпуск AND
    '''

    [[receiver]]
    id = "mail"
    kind = "email"
    host = "smtp.example.org"
    sender = "alerts@example.org"
    to = []

    [route]
    receivers = ["mial"]
      [[route.routes]]
      match = { rule = ["rotatoin"], severity = "bad", colour = "red" }
      group_by = ["rules"]
    """
    found = problems(text)
    lines = [int(problem.split(":")[0]) for problem in found]
    assert lines == sorted(lines)
    assert [problem.split("; ")[0].split("\n")[0] for problem in found] == [
        "1: retention must be at least a day",
        '2: unknown key "concurency"',
        "5: [http]: proxy must be an address that begins with http:// or https://",
        '8: [alerting]: "failures_before_incident" must be at least 1',
        '14: source "relatives": unknown key "intervall"',
        '18: source "news": there is no kind "fed"',
        '25: rule "rotation": AND has nothing after it',
        '33: receiver "mail": to names no receiver',
        '36: route: there is no receiver "mial"',
        '38: route 1: there is no rule "rotatoin"',
        '38: route 1: there is no severity "bad"',
        '38: route 1: alerts have no label "colour"',
        '39: route 1: alerts have no label "rules"',
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('timezone = "Prague"', '1: "timezone" names no time zone; did you mean "Europe/Prague"?'),
        (
            'timezone = "the office clock"',
            '1: "timezone" names no time zone; write one as "Europe/Prague"',
        ),
        (
            "[[source]]\nid = 'a'\nkind = 'feed'\nurl = 'https://a.example.org/'\nitems = 'a'",
            '5: source "a": unknown key "items"; a feed has none: it is a key of page',
        ),
        ("[[source]]\nid = 'a'\nkind = 'RSS'", '3: source "a": there is no kind "RSS"; did you mean "feed"?'),
        ("concurrency = 0", '1: "concurrency" must be at least 1'),
        ("concurrency = 999", '1: "concurrency" must be at least 1 and at most 64'),
        ("refresh = ['1h', '15m']", "1: refresh must grow from age to age"),
        ("refresh = ['1h', '1h']", "1: refresh must grow from age to age"),
        ("refresh = ['30s', '1h']", "1: refresh must be made of ages between a minute and a year"),
        ("refresh = ['1h', '2y']", "1: refresh must be made of ages between a minute and a year"),
        ("refresh = ['1h', 'soon']", '1: "refresh": "soon" is not a duration; write a number and a unit'),
        ("refresh = ['1h', 5]", '1: element 2 of "refresh" must be a duration'),
        ("refresh = '1h'", '1: "refresh" must be a list'),
        ("[source]\nid = 'x'", "1: [source]: write [[source]], with two brackets"),
        ("source = 3", "1: write [[source]], with two brackets"),
        ("[[http]]\ncontact = 'x'", "1: write [http], with one bracket"),
        ("[[route]]\nreceivers = []", "1: route: write [route], with one bracket"),
        ("[[sources]]\nid = 'x'", '1: unknown key "sources"; did you mean "source"?'),
        ("[http]\ncontact = 'kontakt česky'", "2: [http]: contact must be plain ASCII"),
        ("[http]\nmax_body = 0", "2: [http]: max_body and per_host_concurrency must be at least 1"),
        ("[[source]]\nkind = 'feed'\nurl = 'https://a.example.org/'", '1: source 1: "id" is missing'),
        (
            "[[source]]\nid = 'a b'\nkind = 'feed'\nurl = 'https://a.example.org/'",
            '2: source "a b": "id" must be a',
        ),
        ("[[source]]\nid = 'a'\nurl = 'https://a.example.org/'", '1: source "a": "kind" is missing'),
        ("[[source]]\nid = 'a'\nkind = 'feed'", '1: source "a": "url" is missing'),
        ("[[source]]\nid = 'a'\nkind = 3", '3: source "a": "kind" must be a text, not a whole number'),
        (
            "[[source]]\nid = 'a'\nkind = 'page'\nurl = 'https://a.example.org/'\nitems = 'a['",
            '5: source "a": items',
        ),
        ("[[rule]]\nid = 'a'", '1: rule "a": "query" is missing'),
        ("[[rule]]\nid = 'a'\nquery = ''", '3: rule "a": "query" must be a text that is not empty'),
        ("[[rule]]\nid = 'a'\nquery = 3", '3: rule "a": "query" must be a text, not a whole number'),
        ("[[rule]]\nid = 'a'\nquery = '-b'", '3: rule "a": this part only excludes'),
        (
            "[[rule]]\nid = 'source-health'\nquery = 'b'",
            '2: rule "source-health": the id "source-health" is kept',
        ),
        (
            "[[receiver]]\nid = 'a'\nkind = 'fax'",
            '3: receiver "a": there is no kind "fax"; one of: apprise, email, telegram,',
        ),
        ("[[receiver]]\nid = 'a'\nkind = 'terminal'\nhost = 'x'", '4: receiver "a": unknown key "host"'),
        ("[route]\nmatch = { severity = 'info' }", "1: route: the outermost route takes everything"),
        ("[route]\ncontinue = true", "1: route: the outermost route takes everything"),
        ("[route]\nroutes = [3]", '2: route 1: element 1 of "routes" must be a table, not a whole number'),
        ("[route]\nreceivers = 'terminal'", '2: route: "receivers" must be a list, not a text'),
        ("[database]\nurl = 'mysql://x/y'", "2: [database]: the database address must be sqlite:///FILE or"),
        ("[database]\nurl = 'sqlite://'", "2: [database]: the database address must be sqlite:///FILE or"),
        (
            "[database]\nurl = 'sqlite:///:memory:'",
            "2: [database]: the database address must be sqlite:///FILE",
        ),
        (
            "[database]\nurl = 'sqlite:///a'\nurl_env = 'A'",
            "2: [database]: give one of url, url_env and url_file",
        ),
        ("[database]\nurl_env = 'A'", "2: [database]: the environment variable A is not set or is empty"),
        ("[database]\nurl_file = 'no'", "2: [database]: the secret file /desk/no can't be read"),
    ],
)
def test_every_mistake_has_its_line_and_its_words(text: str, said: str) -> None:
    assert [problem for problem in problems(text) if problem.startswith(said)] == problems(text)


SOURCE = '[[source]]\nid = "{id}"\nkind = "{kind}"\n{key} = "{value}"\n'


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("https://t.me/+AbCdEf123", "is an invite link: only public channels are collected"),
        ("https://t.me/joinchat/AbCdEf123", "is an invite link: only public channels are collected"),
        ("https://t.me/c/123/4", "is a link into a private channel: only public channels are collected"),
        ("no name", "is not a channel's public name"),
    ],
)
def test_what_is_not_public_is_refused(channel: str, said: str) -> None:
    (problem,) = problems(SOURCE.format(id="x", kind="telegram_web", key="channel", value=channel))
    assert problem.startswith(f"4: source \"x\": '{channel}' {said}")


def test_an_address_and_an_interval_are_judged_beside_other_mistakes() -> None:
    source = SOURCE.format(id="x", kind="sitemap", key="url", value="news.example.org/map.xml")
    said = [
        problem.split(": ", 2)[2] for problem in problems(f'{source}interval = "10s"\npaths = "/home/"\n')
    ]
    assert [one.split(" ")[0] for one in said] == ['"url":', '"interval"', '"paths"']


@pytest.mark.parametrize("written", ["a\\nb", "\\t", "\\u0007bell", "\\u202Etxet", "a\\u2028b", ""])
def test_a_tag_that_could_not_be_shown_is_refused(written: str) -> None:
    source = SOURCE.format(id="x", kind="telegram_web", key="channel", value="way_home_sample")
    (problem,) = problems(f'{source}tags = ["family",\n"{written}"]\n')
    assert problem == (
        '6: source "x": element 2 of "tags" must be a name without line breaks and other control characters, '
        'as "families"'
    )
    assert load_text(f'{source}tags = ["a, b", "семьи", "region-východ"]', Path("c"), {}).sources[0].tags


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://files.example.org/", "only http and https addresses are collected"),
        ("nonsense", "only http and https addresses are collected"),
        (
            "news.example.org/rss",
            "only http and https addresses are collected; write https://news.example.org/rss",
        ),
        ("http://[", "this "),
        ("http://192.168.1.1/feed", "192.168.1.1 is a private address"),
        ("http://localhost:8000/feed", "localhost is a name of the local machine"),
        ("https://user@news.example.org/", "addresses that carry a user name are not collected"),
    ],
)
def test_addresses_that_would_never_be_asked_are_refused(url: str, said: str) -> None:
    (problem,) = problems(SOURCE.format(id="x", kind="feed", key="url", value=url))
    assert problem.startswith(f'4: source "x": "url": {said}')


def test_public_servers_are_asked_once_a_minute_at_most_and_ones_own_as_often_as_one_likes() -> None:
    text = """\
    [http]
    allow_private = ["127.0.0.1"]
    [[source]]
    id = "public"
    kind = "telegram_web"
    channel = "sample_public"
    interval = "59s"
    [[source]]
    id = "own"
    kind = "telegram_web"
    channel = "sample_own"
    interval = "1s"
    base_url = "http://127.0.0.1:8080"
    """
    (problem,) = problems(text)
    assert problem.startswith(
        '7: source "public": "interval" is too short; ask a public server once a minute'
    )


def test_an_interval_that_follows_the_news_has_two_ends() -> None:
    feed = '[[source]]\nid = "x"\nkind = "feed"\nurl = "https://example.org/feed"\ninterval = "10m"\n'
    (source,) = load_text(feed + 'interval_max = "2h"\n', Path("config.toml")).sources
    assert (source.interval, source.interval_max) == (timedelta(minutes=10), timedelta(hours=2))
    (problem,) = problems(feed + 'interval_max = "9m"\n')
    assert "interval_max must not be shorter than interval" in problem


def test_ids_are_taken_once_and_both_lines_are_named() -> None:
    text = "".join(f'[[rule]]\nid = "same"\nquery = "a{number}"\n' for number in range(2))
    assert problems(text) == ['5: rule "same": this id is taken already, on line 2']
    receivers = '[[receiver]]\nid = "a"\nkind = "terminal"\n' * 3
    assert [problem[:1] for problem in problems(receivers)] == ["5", "8"]


def test_one_channel_or_feed_is_one_source() -> None:
    channels = SOURCE.format(id="a", kind="telegram_web", key="channel", value="Sample_One") + SOURCE.format(
        id="b", kind="telegram_web", key="channel", value="https://t.me/sample_one"
    )
    assert problems(channels) == ['8: source "b": reads the same channel as source "a" on line 1']
    address = "https://news.example.org/rss"
    feeds = "".join(SOURCE.format(id=name, kind="feed", key="url", value=address) for name in "ab")
    assert problems(feeds) == ['8: source "b": reads the same url as source "a" on line 1']


def test_no_source_bears_the_name_of_the_desk() -> None:
    text = SOURCE.format(id="groundswell", kind="telegram_web", key="channel", value="sample_one")
    (problem,) = problems(text)
    assert problem.startswith('2: source "groundswell": "groundswell" is the desk itself')
    assert problem.endswith("give the source another id")


def test_a_fault_in_a_query_is_shown_in_its_line() -> None:
    text = '[[rule]]\nid = "a"\nquery = """\nротация\nAND (отпуск OR\n  views:many)\n"""\n'
    (problem,) = problems(text)
    first, line, caret = problem.split("\n")
    assert first.startswith('6: rule "a": ')
    assert line == "      views:many)"
    assert caret.index("^") == line.index("many")


def test_secrets_in_the_file_are_refused_and_never_repeated() -> None:
    text = """\
    [database]
    url = "postgresql://desk:hunter2@db.example.org/desk"
    [http]
    proxy = "http://desk:hunter2@proxy.example.org:3128"
    [[receiver]]
    id = "mail"
    kind = "email"
    host = "smtp.example.org"
    sender = "a@example.org"
    to = ["b@example.org"]
    password = "hunter2"
    [[receiver]]
    id = "phone"
    kind = "telegram"
    chat_id = 1
    token_env = "TOKEN"
    api_url = "https://api.example.org/bot123456789:AAhunter2hunter2hunter2hunter2hunte"
    """
    found = problems(text)
    assert [problem.split(":")[0] for problem in found] == ["2", "4", "11", "17"]
    assert not any("hunter2" in problem for problem in found)
    assert found[0] == (
        '2: [database]: "url" holds a password; '
        "put it into the environment or a file, and its name here: url_env or url_file"
    )


def test_secrets_come_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "proxy").write_text("http://desk:hunter2@proxy.example.org:3128\n")
    file = tmp_path / "config.toml"
    file.write_text('[database]\nurl_env = "DESK_DB"\n[http]\nproxy_file = "proxy"\n')
    config = load(file, {"DESK_DB": " postgresql://desk:hunter2@db.example.org/desk\n"})
    assert config.database_url == "postgresql://desk:hunter2@db.example.org/desk"
    assert config.http.proxy == "http://desk:hunter2@proxy.example.org:3128"
    assert "hunter2" not in repr(config)


def test_a_bad_secret_is_not_repeated() -> None:
    text = '[database]\nurl_env = "DESK_DB"\n[http]\nproxy_env = "DESK_PROXY"\n'
    found = problems(text, DESK_DB="mysql://desk:hunter2@db", DESK_PROXY="socks://desk:hunter2@proxy")
    assert [problem.split(":")[0] for problem in found] == ["2", "4"]
    assert not any("hunter2" in problem for problem in found)


def test_sqlite_files_lie_beside_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text('[database]\nurl = "sqlite:///a b.db?timeout=3"\n')
    monkeypatch.chdir(tmp_path)
    assert load(Path("config.toml")).database_url == f"sqlite:///{tmp_path}/a b.db?timeout=3"
    assert loaded('[database]\nurl = "sqlite:////var/desk.db"').database_url == "sqlite:////var/desk.db"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'a = 1\nb = "x\nc = 2\n', ":2: not valid TOML: Illegal character"),
        (b"a = 1\na = 2\n", ":2: not valid TOML: Cannot overwrite a value"),
        (
            b"[route]\n[route]\n",
            ":2: not valid TOML: Cannot declare ('route',) twice; it stands in the file already",
        ),
        (b"a = 1\n\nb = [1,\n", ":3: not valid TOML: "),
        (b"a = " + b"[" * 5000 + b"]" * 5000, ": not valid TOML: nested too deeply"),
        (b"a = 1\nb = '\xff'\n", ":2: is not UTF-8 text; save it as UTF-8"),
        ('a = "ž"'.encode("utf-16"), ":1: is not UTF-8 text; save it as UTF-8"),
    ],
)
def test_files_that_are_no_toml_say_where(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigInvalid) as caught:
        load(file)
    assert [str(problem).startswith(f"{file}{said}") for problem in caught.value.problems] == [True]


def test_a_missing_file_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="there is no such file; copy config"):
        load(tmp_path / "config.toml")


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="can't be read: Is a directory"):
        load(tmp_path)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b'\xef\xbb\xbftimezone = "Europe/Kyiv"\r\n')
    assert load(file).timezone == ZoneInfo("Europe/Kyiv")


def test_three_hundred_sources_are_read_at_once() -> None:
    entries = (
        f'[[source]]\nid = "channel-{number}"\nkind = "telegram_web"\nchannel = "sample_{number:04}"\n'
        f'name = "Sample {number}"\ninterval = "10m"\ntags = ["families", "sample"]\nlanguage = "ru"\n'
        for number in range(300)
    )
    text = "".join(entries)
    loaded(text)
    begun = time.process_time()
    assert len(loaded(text).sources) == 300
    assert time.process_time() - begun < 0.5  # about 0.05 on the machine it was written on


TOML_VALUES = st.recursive(
    st.sampled_from(['"x"', '"5m"', "3", "true", "1.5", "1979-05-27", '"https://a.example.org/"', '""']),
    lambda inner: (
        st.lists(inner, max_size=2).map(lambda parts: f"[{', '.join(parts)}]")
        | inner.map(lambda part: f"{{ id = {part} }}")
    ),
    max_leaves=3,
)
KEYS = st.sampled_from(
    [name for _, _, name in re.findall(r"(^|\n)(\[*)([a-z_]+)", GOOD)]
    + ["chat_id", "token", "token_env", "url_env", "allow_private", "items", "source", "http"]
)
HEADERS = st.sampled_from(
    [
        "[[source]]",
        "[[rule]]",
        "[[receiver]]",
        "[route]",
        "[[route.routes]]",
        "[http]",
        "[database]",
        "[[http]]",
    ]
)


@settings(max_examples=200)
@given(st.lists(st.tuples(HEADERS, st.dictionaries(KEYS, TOML_VALUES, max_size=4)), max_size=4))
def test_no_document_does_worse_than_to_be_refused(tables: list[tuple[str, dict[str, str]]]) -> None:
    text = "".join(
        f"{header}\n" + "".join(f"{key} = {value}\n" for key, value in entries.items())
        for header, entries in tables
    )
    try:
        config = load_text(text, DESK, {})
    except ConfigInvalid as invalid:
        lines = [problem.line or 0 for problem in invalid.problems]
        assert lines == sorted(lines) != []
    else:
        assert config.receivers


@pytest.mark.parametrize("rest", ["a@b:hunter2@db.example.org/desk", "x@db/desk?schema=Hunter2"])
def test_a_database_address_that_cannot_be_read_is_a_problem_and_not_repeated(
    tmp_path: Path, rest: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[database]\nurl_env = "DESK_DB"\n')
    with pytest.raises(ConfigInvalid) as caught:
        load(file, {"DESK_DB": f"postgresql://desk:{rest}"})
    (problem,) = caught.value.problems
    assert problem.line == 2
    assert "hunter2" not in str(problem).lower()


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ('"2 gigabytes"', '"retention_size" must be a size such as "500MB" or "1.5GB"'),
        ('"10MB"', "retention_size must be at least 50MB"),
        ("2000000000", '"retention_size" must be'),
    ],
)
def test_a_size_that_is_none(size: str, told: str) -> None:
    (problem,) = problems(
        f'retention_size = {size}\n[[receiver]]\nid = "a"\nkind = "terminal"\n[route]\nreceivers=["a"]'
    )
    assert told in problem


def test_a_size_is_read_as_bytes() -> None:
    assert loaded(f'retention_size = "1.5GB"\n{GOOD}').retention_size == 1_500_000_000
