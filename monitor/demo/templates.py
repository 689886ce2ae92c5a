"""Filling the HTML templates under `samples/templates`."""

from functools import cache
from string import Template

from monitor.demo.sample_files import SAMPLES


def filled(template: str, /, **values: object) -> str:
    """The template with `values` put in as they are; without the line end that closes the file.

    Raises:
        KeyError: the template asks for a value that is not given.
    """
    return _template(template).substitute(values)


@cache
def _template(name: str) -> Template:
    file = SAMPLES.joinpath("templates", *f"{name}.html".split("/"))
    return Template(file.read_text(encoding="utf-8").removesuffix("\n"))
