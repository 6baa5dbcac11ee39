"""`report.html`: the report as one file that needs no network."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape
from plotly.io.json import to_json_plotly
from plotly.offline import get_plotlyjs

from ltlight.report.document.blocks import Document, Setting, TableBlock, charts_of
from ltlight.report.document.table import BOLD, Strip, data_uri
from ltlight.report.stats.difference import BETTER, UNDECIDED, WORSE

ASSETS = Path(__file__).parent
STYLES = ("page.css", "table.css")
SCRIPTS = ("page.js", "table.js", "switch.js", "prior.js")
MOODS = {BETTER: "good", UNDECIDED: "open", WORSE: "bad"}  # class of a word in style


def render(document: Document) -> str:
    """The page as HTML text, script and style included."""
    environment = Environment(
        loader=PackageLoader("ltlight.report.document", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "rich": rich,
        "datauri": lambda strip: data_uri(strip.png),
        "csvuri": csv_uri,
        "settings": settings_json,
        "json": lambda content: Markup(safe_json(content)),
    }
    environment.tests["strip"] = lambda cell: isinstance(cell, Strip)
    environment.tests["block"] = lambda block, name: type(block).__name__ == name
    return environment.get_template("page.html.jinja").render(
        document=document,
        style=_joined(STYLES),
        script=_joined(SCRIPTS),
        plotly=Markup(get_plotlyjs()),
        figures=Markup(_figures(document)),
        thumbnails=Markup(safe_json(document.thumbnails)),
    )


def _joined(names: tuple[str, ...]) -> Markup:
    return Markup("\n".join((ASSETS / name).read_text("utf-8") for name in names))


def _figures(document: Document) -> str:
    """Every interactive figure by the id of its place; arrays as base64, as Plotly reads them.

    A figure with several places is there once, and under the others the id of the first.
    """
    figures: dict[str, Any] = {}
    first: dict[int, str] = {}
    for section in document.sections:
        for charts in charts_of(section.blocks):
            for panel in charts.panels:
                slug = first.setdefault(id(panel.figure), panel.slug)
                figures[panel.slug] = slug if slug != panel.slug else _plain(panel.figure)
    return safe_json(figures)


def _plain(figure: go.Figure) -> dict[str, Any]:
    found = figure.to_plotly_json()
    found["layout"].pop("template", None)  # the page sets its own
    return found


def safe_json(content: Any) -> str:
    """JSON for a script element: "</script>" in a class name would end it."""
    return to_json_plotly(content).replace("</", "<\\/")


def settings_json(settings: Sequence[Setting]) -> str:
    """The settings of the switch for its script."""
    return to_json_plotly([vars(setting) for setting in settings])


def rich(text: str) -> Markup:
    """Bold marks and line breaks of a text as HTML; the rest escaped."""
    bold = BOLD.sub(r"<b>\1</b>", str(escape(text)))
    code = "".join(
        f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(bold.split("`"))
    )
    lines = code.split("\n")
    return Markup("<br>".join(_mood(line) for line in lines))


def _mood(line: str) -> str:
    """A line that is the word of a comparison in its colour."""
    return f'<span class="{MOODS[line]}">{line}</span>' if line in MOODS else line


def csv_uri(block: TableBlock) -> str:
    """The file that a table can be saved as, as an address that holds it."""
    _, text = block.download or ("", "")
    return "data:text/csv;charset=utf-8;base64," + base64.b64encode(text.encode()).decode()
