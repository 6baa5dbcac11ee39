"""`report.html`: the report as one file that needs no network."""

import base64
from pathlib import Path

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape
from plotly.io.json import to_json_plotly
from plotly.offline import get_plotlyjs

from ltlight.report.document.blocks import Charts, Document, TableBlock
from ltlight.report.document.table import BOLD, Strip
from ltlight.report.stats.difference import BETTER, UNDECIDED, WORSE

ASSETS = Path(__file__).parent
MOODS = {BETTER: "good", UNDECIDED: "open", WORSE: "bad"}  # class of a word in style


def render(document: Document) -> str:
    """The page as HTML text, script and style included."""
    environment = Environment(
        loader=PackageLoader("ltlight.report.document", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"rich": rich, "datauri": data_uri, "csvuri": csv_uri}
    environment.tests["strip"] = lambda cell: isinstance(cell, Strip)
    environment.tests["block"] = lambda block, name: type(block).__name__ == name
    return environment.get_template("page.html.jinja").render(
        document=document,
        style=Markup((ASSETS / "page.css").read_text("utf-8")),
        script=Markup((ASSETS / "page.js").read_text("utf-8")),
        plotly=Markup(get_plotlyjs()),
        figures=Markup(_figures(document)),
    )


def _figures(document: Document) -> str:
    """Every interactive figure by the id of its place; arrays as base64, as Plotly reads them."""
    figures = {}
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Charts):
                for panel in block.panels:
                    figure = panel.figure.to_plotly_json()
                    figure["layout"].pop("template", None)  # the page sets its own
                    figures[panel.slug] = figure
    # "</script>" in a class name would end the element.
    return to_json_plotly(figures).replace("</", "<\\/")


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


def data_uri(strip: Strip) -> str:
    """Pictures as an address that holds them."""
    return "data:image/png;base64," + base64.b64encode(strip.png).decode()
