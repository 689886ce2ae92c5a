"""`python -m quality`: how well words, languages and articles are recognised, as tables.

By default on the outside data beside the checkout, on the half that nothing was tuned on. `--data FOLDER`
reads every treebank in CoNLL-U there instead (their names begin with their language, as in
`cs_pdt-ud-test.conllu`) and every set of pages (`quality.pages` says of what shape).
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from quality.articles import Scores, readers, scores
from quality.feeds import FACTS, agreement, presence, titles_in_any_encoding
from quality.feeds import readers as feed_readers
from quality.halves import Half, outside_data
from quality.languages import LANGUAGES, accuracy, detectors
from quality.morphology import Outcome, outcome, systems
from quality.pages import Page, folders, read_pages
from quality.table import table
from quality.treebank import Treebank, read_treebank

ARTICLE_HEADS = (
    "body F1", "precision", "recall", "titles", "days F1", "of articles made", "days wrong", "refused",
    "no article, but taken", "ms a page", "times trafilatura's",
)  # fmt: skip
READ = ("ru", "uk", "cs", "en")


def main() -> int:
    """Print the tables; 1 where there is nothing to measure on."""
    options = _options()
    half = Half(options.half or (Half.ALL if options.data else Half.HELD_OUT))
    folder = Path(options.data or outside_data())
    treebanks = [path for path in sorted(folder.rglob("*.conllu")) if path.name[:2] in READ]
    sets = list(folders(folder))
    if not treebanks and not sets:
        print(f"no treebank of {', '.join(READ)} and no set of pages in {folder}", file=sys.stderr)
        return 1
    for path in treebanks:
        _print_treebank(read_treebank(path, half), half, options.errors)
    languages = outside_data() / "language"
    if options.data is None and languages.is_dir():
        _print_languages(languages, half)
    for pages in sets:
        _print_articles(pages.name, read_pages(pages, half), half)
    if options.data is None and (outside_data() / "feeds").is_dir():
        _print_feeds(outside_data() / "feeds")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m quality", description=__doc__)
    parser.add_argument("--data", metavar="FOLDER", help="a folder of treebanks or pages, read whole")
    parser.add_argument("--half", choices=list(Half), help="held-out, or all where --data is given")
    parser.add_argument(
        "--errors", type=int, default=0, metavar="N", help="show the N commonest of each kind"
    )
    return parser.parse_args()


def _print_treebank(treebank: Treebank, half: Half, errors: int) -> None:
    print(f"\n{treebank.name}: {treebank.words.total():,} words, {half} half\n".replace("all half", "whole"))
    rows = []
    for system in systems(treebank.language):
        words, content = (outcome(system, some) for some in (treebank.words, treebank.content))
        rows.append((system.name, *_shares(words), *_shares(content)))
        if errors and len(rows) == 1:
            commonest = list(_commonest(words, errors))
    heads = ("", "recall", "precision", "recall, content words", "precision, content words")
    print(table(heads, rows))
    if errors:
        print("\n".join(commonest))


def _shares(one: Outcome) -> tuple[str, str]:
    return f"{one.recall:.4f}", f"{one.precision:.4f}"


def _commonest(one: Outcome, most: int) -> Iterator[str]:
    yield "missed: " + _listed((f"{form} ({lemma})", n) for (form, lemma), n in one.missed.most_common(most))
    yield "wrong: " + _listed(
        (f"{form} ({lemma}) by {rule}", n) for (form, lemma, rule), n in one.wrong.most_common(most)
    )


def _listed(counted: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{what} {count}" for what, count in counted)


def _print_languages(folder: Path, half: Half) -> None:
    rows = []
    for kind in ("sentences", "word-pairs", "single-words"):
        for name, detector in detectors():
            measured = accuracy(detector, folder / kind, half)
            shares = (measured.overall, *(measured.by_language[code] for code in LANGUAGES))
            rows.append((kind, name, *(f"{share:.3f}" for share in shares)))
    print(f"\nlanguages: {half} half\n".replace("all half", "whole"))
    print(table(("", "", "all", *LANGUAGES), rows))


def _print_articles(name: str, pages: list[Page], half: Half) -> None:
    print(f"\n{name}: {len(pages)} pages, {half} half\n".replace("all half", "whole"))
    told = {"body": any(page.body for page in pages), "day": any(page.day for page in pages)}
    told["title"] = any(page.title for page in pages)
    measured = {
        reader.name: scores(reader, pages)
        for reader in (readers() if pages else ())
        if any(told[part] for part in reader.tells)
    }
    base = measured.get("trafilatura")
    rows = [(reader, *_cells(one, base)) for reader, one in measured.items()]
    print(table(("", *ARTICLE_HEADS), rows))


def _cells(one: Scores, base: Scores | None) -> tuple[str, ...]:
    shares = (one.body, one.body_precision, one.body_recall, one.title, one.day, one.day_of_articles)
    times = f"{one.seconds / base.seconds:.2f}" if base and base.seconds else ""
    counts = map(str, (one.wrong_days, one.refused, one.mistaken))
    cells = ("" if share is None else f"{share:.3f}" for share in shares)
    return (*cells, *counts, f"{1000 * one.seconds:.1f}", times)


def _print_feeds(folder: Path) -> None:
    rows = []
    for name, reader in feed_readers():
        agreed, held = agreement(reader, folder / "gofeed"), presence(reader, folder / "real")
        right, asked = titles_in_any_encoding(reader)
        shares = (agreed.share(fact) for fact in FACTS)
        present = (held[fact] / max(1, held["entries"]) for fact in FACTS)
        feeds = f"{held['read']} of {held['feeds']}"
        rows.append((name, *(f"{share:.3f}" for share in (*shares, *present)), feeds, f"{right / asked:.3f}"))
    print(
        f"\nfeeds: {agreed.asked.total()} facts by gofeed, {held['entries']} entries of real feeds, whole\n"
    )
    heads = (*(f"{fact} as gofeed" for fact in FACTS), *(f"has {fact}" for fact in FACTS))
    print(table(("", *heads, "real feeds read", "titles in any encoding"), rows))


if __name__ == "__main__":
    sys.exit(main())
