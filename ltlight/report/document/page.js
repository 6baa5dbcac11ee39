// Draws the figures as they come near, in the page's colours, and all of them for paper.
"use strict";
const figures = JSON.parse(document.getElementById("figures").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const drawn = new Map(); // plot to what it was drawn for
const PAPER = 1026; // CSS pixels between the margins of A4 across, page.css
const GAP = 10; // between panels, page.css

function template(isDark) {
  const [ink, line] = isDark ? ["#cdd3da", "#2e343c"] : ["#333a44", "#e3e6ea"];
  const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, automargin: false };
  const scale = isDark
    ? [[0, "#1a1e24"], [0.5, "#2f7ab5"], [1, "#e8f3fb"]]
    : [[0, "#f4f7fa"], [0.5, "#5a9dcb"], [1, "#08306b"]];
  return {
    layout: {
      font: { color: ink, size: 12, family: "system-ui, Segoe UI, Roboto, DejaVu Sans, sans-serif" },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      colorscale: { sequential: scale },
      xaxis: axis,
      yaxis: axis,
      hoverlabel: { align: "left" },
    },
  };
}

function draw(plot, width, isDark) {
  const state = `${width} ${isDark}`;
  if (drawn.get(plot) === state) return;
  if (drawn.has(plot)) Plotly.purge(plot); // it would keep the height that a narrower legend had
  drawn.set(plot, state);
  const { data, layout } = figures[plot.id];
  const wanted = structuredClone({ ...layout, width, template: template(isDark) });
  if (layout.meta && layout.meta.square) {
    const m = layout.margin;
    const side = width - m.l - m.r;
    wanted.height = side + m.t + m.b;
    for (const axis of [wanted.xaxis, wanted.yaxis]) { // on paper names must not overlap
      axis.tickfont.size = Math.min(axis.tickfont.size, (0.95 * side) / data[0].x.length);
    }
  }
  plot.style.height = `${wanted.height}px`;
  Plotly.react(plot, data, wanted, { displayModeBar: false, responsive: false });
}

const drawForScreen = (plot) => draw(plot, plot.clientWidth, dark.matches);
const plots = [...document.querySelectorAll(".plot")];
const near = new IntersectionObserver(
  (entries) => entries.filter((e) => e.isIntersecting).forEach((e) => drawForScreen(e.target)),
  { rootMargin: "800px" },
);
plots.forEach((plot) => near.observe(plot));
const redraw = () => plots.filter((plot) => drawn.has(plot)).forEach(drawForScreen);
dark.addEventListener("change", redraw);
let waiting;
addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(redraw, 150);
});

// A click on a column's head sorts by it, the next one the other way round: numbers by value.
document.querySelectorAll(".sortable th").forEach((head) => {
  head.addEventListener("click", () => {
    const body = head.closest("table").tBodies[0];
    const falling = head.getAttribute("aria-sort") !== "descending";
    head.parentNode.querySelectorAll("th").forEach((th) => th.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", falling ? "descending" : "ascending");
    const value = (row) => {
      const text = row.cells[head.cellIndex].textContent.trim();
      const number = parseFloat(text.replaceAll(",", "").replace("< ", ""));
      return Number.isNaN(number) ? text : number;
    };
    const above = (a, b) => { // words below all numbers, empty cells last
      if (a === "" || b === "") return (a === "") - (b === "");
      if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
      return (a < b ? 1 : a > b ? -1 : 0) * (falling ? 1 : -1);
    };
    body.append(...[...body.rows].sort((a, b) => above(value(a), value(b))));
  });
});

// On paper: as wide as the sheet, light, and with what is folded.
const folded = [...document.querySelectorAll("details")];
addEventListener("beforeprint", () => {
  folded.forEach((d) => { d.open = true; });
  for (const plot of plots) {
    const panels = plot.closest(".panels");
    const panel = parseInt(panels.style.getPropertyValue("--panel"), 10);
    const fitting = Math.max(1, Math.floor((PAPER + GAP) / (panel + GAP))); // as the grid does
    const beside = Math.min(panels.matches(".pair") ? 2 : fitting, panels.children.length);
    draw(plot, Math.floor((PAPER + GAP) / beside) - GAP, false);
  }
});
addEventListener("afterprint", () => {
  folded.forEach((d) => { d.open = false; });
  redraw();
});
