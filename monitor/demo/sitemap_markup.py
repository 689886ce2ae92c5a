"""The outlets' news sitemaps, and the index that leads to them (sitemaps.org, schemas/sitemap-news/0.9)."""

from collections.abc import Iterable
from html import escape

from monitor.demo.feed_markup import last_change
from monitor.demo.story import Article, Moment, Outlet

_NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
)


def index_page(outlets: Iterable[Outlet], moment: Moment, base_url: str) -> str:
    """One sitemap for each outlet."""
    entries = "".join(
        f"<sitemap><loc>{base_url}/sitemaps/{outlet.source}.xml</loc>"
        f"<lastmod>{last_change(outlet, moment).isoformat()}</lastmod></sitemap>"
        for outlet in outlets
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><sitemapindex {_NAMESPACES}>{entries}</sitemapindex>'


def sitemap_page(outlet: Outlet, moment: Moment, base_url: str) -> str:
    """The latest articles of an outlet."""
    entries = "".join(_entry(outlet, one, moment, base_url) for one in outlet.latest(moment.elapsed))
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {_NAMESPACES}>{entries}</urlset>'


def _entry(outlet: Outlet, article: Article, moment: Moment, base_url: str) -> str:
    publication = (
        f"<news:publication><news:name>{escape(outlet.name)}</news:name>"
        f"<news:language>{outlet.language}</news:language></news:publication>"
    )
    return (
        f"<url><loc>{escape(base_url + outlet.path(article, moment))}</loc>"
        f"<lastmod>{(moment.start + article.changed(moment.elapsed)).isoformat()}</lastmod>"
        f"<news:news>{publication}<news:publication_date>{(moment.start + article.at).isoformat()}"
        f"</news:publication_date><news:title>{escape(article.title)}</news:title></news:news></url>"
    )
