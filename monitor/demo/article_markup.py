"""Article pages and the listing page, each outlet in a template of its own (`samples/templates/outlets`)."""

import json
from datetime import datetime
from html import escape

from monitor.demo.story import Article, Moment, Outlet
from monitor.demo.templates import filled

_MONTHS = "ledna února března dubna května června července srpna září října listopadu prosince"


def article_page(outlet: Outlet, article: Article, moment: Moment, base_url: str) -> str:
    """One article with the outlet's own head, navigation and footer."""
    address = base_url + outlet.path(article, moment)
    published = moment.time(article.at).astimezone(outlet.timezone)
    modified = moment.time(article.changed(moment.elapsed)).astimezone(outlet.timezone)
    body = article.body(moment.elapsed)
    return filled(
        f"outlets/{outlet.template}",
        title=escape(article.title),
        lead=escape(article.lead),
        paragraphs="\n".join(f"<p>{escape(text)}</p>" for text in body[1:]),
        section=escape(article.section),
        site=escape(outlet.name),
        address=escape(address),
        base_url=base_url,
        published=published.isoformat(timespec="seconds"),
        modified=modified.isoformat(timespec="seconds"),
        published_czech=czech_date(published),
        published_english=english_date(published),
        json_ld=_json_ld(outlet, article, address, published, modified),
        others=_others(outlet, article, moment, base_url),
    )


def listing_page(outlet: Outlet, moment: Moment, base_url: str) -> str:
    """The outlet's news page: a card an article, newest first."""
    cards = [_card(outlet, article, moment, base_url) for article in outlet.latest(moment.elapsed)]
    return filled(
        f"outlets/{outlet.template}_listing",
        site=escape(outlet.name),
        description=escape(outlet.description),
        base_url=base_url,
        cards="\n".join(cards),
    )


def _card(outlet: Outlet, article: Article, moment: Moment, base_url: str) -> str:
    return filled(
        f"outlets/{outlet.template}_card",
        address=escape(base_url + outlet.path(article, moment)),
        base_url=base_url,
        title=escape(article.title),
        published_czech=czech_date(moment.time(article.at).astimezone(outlet.timezone)),
    )


def czech_date(time: datetime) -> str:
    """A Czech date as news pages write it: 5. března 2026 14:30."""
    return f"{time.day}. {_MONTHS.split()[time.month - 1]} {time.year} {time.hour}:{time:%M}"


def english_date(time: datetime) -> str:
    """An English date as news pages write it: 5 March 2026."""
    return f"{time.day} {time:%B} {time.year}"


def _others(outlet: Outlet, article: Article, moment: Moment, base_url: str) -> str:
    others = [other for other in outlet.latest(moment.elapsed) if other is not article][:3]
    return "\n".join(
        f'<li><a href="{escape(base_url + outlet.path(other, moment))}">{escape(other.title)}</a></li>'
        for other in others
    )


def _json_ld(outlet: Outlet, article: Article, address: str, published: datetime, modified: datetime) -> str:
    fields = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "inLanguage": outlet.language,
        "mainEntityOfPage": {"@type": "WebPage", "@id": address},
        "datePublished": published.isoformat(timespec="seconds"),
        "dateModified": modified.isoformat(timespec="seconds"),
        "publisher": {"@type": "Organization", "name": outlet.name},
    }
    return json.dumps(fields, ensure_ascii=False).replace("</", "<\\/")
