"""`groundswell sources import` and `export`, as they are typed. All of it is invented."""

import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.config import load
from monitor.problems import ConfigInvalid

CONFIG = """# mine, and it stays
timezone = "Europe/Prague"

[[source]]
id = "wire"   # a comment
kind = "feed"
url = "https://wire.example.org/rss"

[[rule]]
id = "leave"
query = "leave"

[[receiver]]
id = "here"
kind = "terminal"

[route]
receivers = ["here"]
"""
LIST = """<opml><body><outline text="Zprávy">
<outline text="Noviny (smyšlený příklad)" xmlUrl="https://noviny.example.org/rss"/>
<outline text="Wire, again" xmlUrl="http://wire.example.org/rss"/></outline></body></opml>"""
INSIDE = '<opml><body><outline text="Inside" xmlUrl="http://10.0.0.1/rss"/></body></opml>'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    path.chmod(0o640)
    return path


def run(config: Path, *arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["-c", str(config), "sources", *arguments], input=text)


def test_what_is_new_is_printed_as_toml(config: Path) -> None:
    done = run(config, "import", "-", text=LIST)
    assert done.exit_code == 0
    assert tomllib.loads(done.stdout)["source"] == [
        {
            "id": "noviny-smysleny-priklad",
            "kind": "feed",
            "name": "Noviny (smyšlený příklad)",
            "url": "https://noviny.example.org/rss",
            "tags": ["Zprávy"],
        }
    ]
    assert done.stderr.strip() == f"1 new for {config}, 1 there already, 0 refused"
    assert config.read_text(encoding="utf-8") == CONFIG


def test_what_is_new_is_appended_once(config: Path) -> None:
    for _ in range(2):
        assert run(config, "import", "-", "--append", text=LIST).exit_code == 0
    text = config.read_text(encoding="utf-8")
    assert text.startswith(CONFIG)
    assert [source.id for source in load(config).sources] == ["wire", "noviny-smysleny-priklad"]
    assert config.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in config.parent.iterdir()] == ["config.toml"]


def test_a_private_address_is_refused_and_told(config: Path) -> None:
    done = run(config, "import", "-", "--append", text=INSIDE)
    assert done.exit_code == 1
    assert "10.0.0.1 is a private address" in done.stderr
    assert config.read_text(encoding="utf-8") == CONFIG


def test_a_feed_without_an_address_is_told(config: Path) -> None:
    listed = '<opml><body><outline type="rss" text="Lost (fictional sample)"/></body></opml>'
    done = run(config, "import", "-", text=listed)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "Lost (fictional sample): a feed without an address (xmlUrl)" in done.stderr
    assert "0 there already, 1 refused" in done.stderr


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("https://t.me/+abcdefgh", "is an invite link: only public channels are collected"),
        ("https://Telegram.me/joinchat/abcdefgh", "is an invite link"),
        ("https://t.me/c/123456/7", "private channel"),
        ("tg://join?invite=abcdefgh", "public name"),
    ],
)
def test_what_is_no_public_channel_is_refused_and_told(config: Path, link: str, reason: str) -> None:
    listed = f'<opml><body><outline text="Invited (fictional sample)" xmlUrl="{link}"/></body></opml>'
    done = run(config, "import", "-", "--append", text=listed)
    assert done.exit_code == 1
    assert reason in " ".join(done.stderr.split())
    assert config.read_text(encoding="utf-8") == CONFIG


def test_a_configuration_that_would_not_be_sound_is_left_alone(config: Path) -> None:
    faulty = CONFIG.replace('query = "leave"', 'query = "leave AND"')
    config.write_text(faulty, encoding="utf-8")
    done = run(config, "import", "-", "--append", text=LIST)
    assert isinstance(done.exception, ConfigInvalid)
    assert config.read_text(encoding="utf-8") == faulty


@pytest.mark.parametrize("text", ["", "<html></html>", "[[source]]"])
def test_another_file_is_wrong_usage(config: Path, text: str) -> None:
    done = run(config, "import", "-", text=text)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "not an OPML file" in done.stderr


def test_without_a_configuration_all_is_new_and_nothing_can_be_appended(tmp_path: Path) -> None:
    nowhere = tmp_path / "config.toml"
    assert len(tomllib.loads(run(nowhere, "import", "-", text=LIST).stdout)["source"]) == 2
    done = run(nowhere, "import", "-", "--append", text=LIST)
    assert done.exit_code == 2
    assert not nowhere.exists()


def test_what_is_exported_can_be_imported(config: Path, tmp_path: Path) -> None:
    exported = tmp_path / "feeds.opml"
    assert run(config, "export", "-o", str(exported)).exit_code == 0
    assert run(config, "export").stdout == exported.read_text(encoding="utf-8")
    assert "1 there already" in run(config, "import", str(exported)).stderr
    assert run(config, "export", "-o", str(tmp_path / "no" / "folder.opml")).exit_code == 1


def test_channels_come_back_and_what_is_left_out_is_counted(config: Path, tmp_path: Path) -> None:
    channel = '[[source]]\nid = "wives"\nkind = "telegram_web"\nchannel = "sample_wives"\n'
    sitemap = '[[source]]\nid = "map"\nkind = "sitemap"\nurl = "https://town.example.org/sitemap.xml"\n'
    config.write_text(f"{CONFIG}\n{channel}{sitemap}", encoding="utf-8")
    done = run(config, "export")
    assert (done.exit_code, done.stderr.strip()) == (0, "1 source left out: pages and sitemaps are no feeds")
    assert "2 there already" in run(config, "import", "-", text=done.stdout).stderr
    assert 'channel = "sample_wives"' in run(tmp_path / "other.toml", "import", "-", text=done.stdout).stdout
