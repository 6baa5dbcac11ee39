// Draws the figures as they come near, in the page's colours, and all of them for paper.
"use strict";
const figures = JSON.parse(document.getElementById("figures").textContent);
const thumbnails = JSON.parse(document.getElementById("thumbnails").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
const drawn = new Map(); // plot to what it was drawn for
const PAPER = 1026; // CSS pixels between the margins of A4 across, page.css
const GAP = 10, COLUMN_GAP = 24; // between panels and between columns, page.css

function template(isDark) {
  const [ink, line] = isDark ? ["#cdd3da", "#2e343c"] : ["#333a44", "#e3e6ea"];
  const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, automargin: false };
  const scale = isDark
    ? [[0, "#1a1e24"], [0.5, "#2f7ab5"], [1, "#e8f3fb"]]
    : [[0, "#f4f7fa"], [0.5, "#5a9dcb"], [1, "#08306b"]];
  const diverging = isDark // from worse to better, brown to teal: told apart by the colour-blind
    ? [[0, "#f2a65e"], [0.5, "#1a1e24"], [1, "#45c9b0"]]
    : [[0, "#8c510a"], [0.25, "#dfb56d"], [0.5, "#f6f6f6"], [0.75, "#6fbfb3"], [1, "#01665e"]];
  return {
    layout: {
      font: { color: ink, size: 12, family: "system-ui, Segoe UI, Roboto, DejaVu Sans, sans-serif" },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      colorscale: { sequential: scale, diverging },
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
  const found = figures[plot.id];
  const { data, layout } = typeof found === "string" ? figures[found] : found; // of another place
  const wanted = structuredClone({ ...layout, width, template: template(isDark) });
  if (layout.meta && layout.meta.square) {
    const m = layout.margin;
    const side = width - m.l - m.r;
    wanted.height = side + m.t + m.b;
    for (const axis of [wanted.xaxis, wanted.yaxis]) { // on paper names must not overlap
      axis.tickfont.size = Math.min(axis.tickfont.size, (0.95 * side) / data[0].x.length);
    }
  }
  if (layout.meta && layout.meta.thumbnails) {
    wanted.images = above(thumbnails[layout.meta.thumbnails], wanted);
  }
  plot.style.height = `${wanted.height}px`;
  Plotly.react(plot, data, wanted, { displayModeBar: false, responsive: false });
}

// A picture of every class above its place, as large as there is room.
function above(pictures, { width, height, margin, xaxis }) {
  const across = (width - margin.l - margin.r) / (xaxis.range[1] - xaxis.range[0]);
  const side = Math.min(28, across - 2);
  const down = height - margin.t - margin.b;
  return pictures.map((source, x) => ({
    source, x, y: 1 + 4 / down, xref: "x", yref: "paper", xanchor: "center", yanchor: "bottom",
    sizex: side / across, sizey: side / down,
  })).filter(({ source }) => source);
}

const drawForScreen = (plot) => draw(plot, plot.clientWidth, dark.matches);
const plots = [...document.querySelectorAll(".plot")];
const near = new IntersectionObserver(
  (entries) => entries.filter((e) => e.isIntersecting).forEach((e) => drawForScreen(e.target)),
  { rootMargin: "800px" },
);
plots.forEach((plot) => near.observe(plot));
const isShown = (plot) => plot.getClientRects().length > 0; // and not switched off
const redraw = () => plots.filter((p) => drawn.has(p) && isShown(p)).forEach(drawForScreen);
dark.addEventListener("change", redraw);
let waiting;
addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(redraw, 150);
});

// On paper, the width of one of two columns, and of one of the panels that auto-fit lays out.
function columnOnPaper(column) {
  if (!column) return PAPER;
  const [own, ...all] = [column, ...column.parentNode.children].map((c) =>
    parseInt(c.style.getPropertyValue("--width"), 10));
  const needed = all.reduce((sum, width) => sum + width, 0);
  return needed + COLUMN_GAP > PAPER ? PAPER : ((PAPER - COLUMN_GAP) * own) / needed;
}
function panelOnPaper(panels, available) {
  const least = parseInt(panels.style.getPropertyValue("--panel"), 10);
  const fitting = Math.max(1, Math.floor((available + GAP) / (least + GAP)));
  const beside = Math.min(panels.matches(".pair") ? 2 : fitting, panels.children.length);
  return Math.floor((available + GAP) / beside) - GAP;
}

// On paper: as wide as the sheet, light, and with what is folded.
const folded = [...document.querySelectorAll("details")];
addEventListener("beforeprint", () => {
  folded.forEach((d) => { d.open = true; });
  for (const plot of plots.filter(isShown)) {
    const column = columnOnPaper(plot.closest(".column"));
    draw(plot, panelOnPaper(plot.closest(".panels"), column), false);
  }
});
addEventListener("afterprint", () => {
  folded.forEach((d) => { d.open = false; });
  redraw();
});
