"""`report.html`: the report as one file that needs no network."""

import base64
from pathlib import Path

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape
from plotly.io.json import to_json_plotly
from plotly.offline import get_plotlyjs

from ltlight.report.document.blocks import Charts, Document
from ltlight.report.document.table import BOLD, NOISE, Strip

ASSETS = Path(__file__).parent


def render(document: Document) -> str:
    """The page as HTML text, script and style included."""
    environment = Environment(
        loader=PackageLoader("ltlight.report.document", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"rich": rich, "datauri": data_uri}
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
    """A gain in its colour: grey within noise, else green or red."""
    kind = "noise" if line.startswith(NOISE) else {"+": "good", "-": "bad"}.get(line[:1])
    return f'<span class="{kind}">{line}</span>' if kind else line


def data_uri(strip: Strip) -> str:
    """Pictures as an address that holds them."""
    return "data:image/png;base64," + base64.b64encode(strip.png).decode()
