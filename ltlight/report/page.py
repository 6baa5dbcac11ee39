"""`report.html`: the report as one file that needs no network."""

import base64
from pathlib import Path

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape
from plotly.io.json import to_json_plotly
from plotly.offline import get_plotlyjs

from ltlight.report.document import Charts, Document
from ltlight.report.summary import NOISE
from ltlight.report.table import BOLD, Strip

ASSETS = Path(__file__).parent


def render(document: Document) -> str:
    """The page as HTML text, script and style included."""
    environment = Environment(
        loader=PackageLoader("ltlight.report", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"rich": rich, "datauri": data_uri, "mood": mood}
    environment.tests["strip"] = lambda cell: isinstance(cell, Strip)
    environment.tests["block"] = lambda block, name: type(block).__name__ == name
    return environment.get_template("page.html.jinja").render(
        document=document,
        style=Markup((ASSETS / "page.css").read_text()),
        script=Markup((ASSETS / "page.js").read_text()),
        plotly=Markup(get_plotlyjs()),
        figures=Markup(_figures(document)),
    )


def _figures(document: Document) -> str:
    """Every interactive figure by the id of its place; arrays as base64, as Plotly reads them."""
    figures = {}
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Charts):
                for position, panel in enumerate(block.panels):
                    figure = panel.figure.to_plotly_json()
                    figure["layout"].pop("template", None)  # the page sets its own
                    figures[f"{block.slug}-{position}"] = figure
    # "</script>" in a class name would end the element.
    return to_json_plotly(figures).replace("</", "<\\/")


def rich(text: str) -> Markup:
    """Bold marks and line breaks of a text as HTML; the rest escaped."""
    bold = BOLD.sub(r"<b>\1</b>", str(escape(text)))
    code = "".join(
        f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(bold.split("`"))
    )
    return Markup(code.replace("\n", "<br>"))


def data_uri(strip: Strip) -> str:
    """Pictures as an address that holds them."""
    return "data:image/png;base64," + base64.b64encode(strip.png).decode()


def mood(cell: str) -> str:
    """A CSS class for gains: noise, good or bad."""
    if cell.startswith(NOISE):
        return "noise"
    return {"+": "good", "-": "bad"}.get(cell[:1], "")
