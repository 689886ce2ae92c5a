"""RSS 2.0 and Atom as the outlets write them."""

from datetime import datetime
from email.utils import format_datetime
from html import escape

from monitor.demo.story import Article, Moment, Outlet


def feed(outlet: Outlet, moment: Moment, base_url: str) -> str:
    """The outlet's feed as it stands now."""
    return atom(outlet, moment, base_url) if outlet.format == "atom" else rss(outlet, moment, base_url)


def rss(outlet: Outlet, moment: Moment, base_url: str) -> str:
    """RSS 2.0 with the content module."""
    items = "".join(_rss_item(outlet, article, moment, base_url) for article in outlet.latest(moment.elapsed))
    return f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>{escape(outlet.name)}</title>
<link>{base_url}/</link>
<atom:link href="{base_url}{outlet.listing}" rel="self" type="application/rss+xml"/>
<description>{escape(outlet.description)}</description>
<language>{outlet.language}</language>
<lastBuildDate>{rfc822(last_change(outlet, moment))}</lastBuildDate>
{items}</channel>
</rss>
"""


def _rss_item(outlet: Outlet, article: Article, moment: Moment, base_url: str) -> str:
    address = base_url + outlet.path(article, moment)
    guid = outlet.guid(article, moment, base_url)
    return f"""<item>
<title>{escape(article.title)}</title>
<link>{escape(address)}</link>
<guid isPermaLink="{"true" if guid == address else "false"}">{escape(guid)}</guid>
<pubDate>{rfc822(moment.time(article.at).astimezone(outlet.timezone))}</pubDate>
<category>{escape(article.section)}</category>
<description>{escape(article.lead)}</description>
{_content(outlet, article, moment)}</item>
"""


def _content(outlet: Outlet, article: Article, moment: Moment) -> str:
    if not outlet.full_content:
        return ""
    paragraphs = "".join(f"<p>{escape(text)}</p>\n" for text in article.body(moment.elapsed))
    return f"<content:encoded><![CDATA[{paragraphs}]]></content:encoded>\n"


def atom(outlet: Outlet, moment: Moment, base_url: str) -> str:
    """Atom in the way of GOV.UK: entries carry the time of their last change only."""
    entries = "".join(
        _atom_entry(outlet, article, moment, base_url) for article in outlet.latest(moment.elapsed)
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<feed xml:lang="{outlet.language}" xmlns="http://www.w3.org/2005/Atom">
  <id>{base_url}{outlet.listing}</id>
  <link rel="self" type="application/atom+xml" href="{base_url}{outlet.listing}"/>
  <title>{escape(outlet.name)}</title>
  <updated>{last_change(outlet, moment).isoformat(timespec="seconds")}</updated>
  <author>
    <name>HM Government (sample)</name>
  </author>
{entries}</feed>
"""


def _atom_entry(outlet: Outlet, article: Article, moment: Moment, base_url: str) -> str:
    changed = moment.time(article.changed(moment.elapsed)).astimezone(outlet.timezone)
    return f"""  <entry>
    <id>{escape(outlet.guid(article, moment, base_url))}</id>
    <updated>{changed.isoformat(timespec="seconds")}</updated>
    <link rel="alternate" type="text/html" href="{escape(base_url + outlet.path(article, moment))}"/>
    <title>{escape(article.title)}</title>
    <summary type="html">{escape(article.lead)}</summary>
  </entry>
"""


def last_change(outlet: Outlet, moment: Moment) -> datetime:
    """When what the feed shows last changed; the story's start where it shows nothing."""
    changes = [article.changed(moment.elapsed) for article in outlet.latest(moment.elapsed)]
    return moment.time(max(changes)) if changes else moment.start


def rfc822(time: datetime) -> str:
    """A date as RSS writes it: Thu, 05 Mar 2026 08:15:00 +0100."""
    return format_datetime(time)
