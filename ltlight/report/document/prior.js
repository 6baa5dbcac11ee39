// Accuracy under a class prior that the reader sets: ltlight/report/stats/under_prior.py in the page.
"use strict";

const decoded = (text) => // float64 in base64
  new Float64Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
const sum = (values) => values.reduce((total, value) => total + value, 0);
const mean = (values) => sum(values) / values.length;

// Over the tested classes, of sum 1; even where it is 0 for all of them.
function normalised(prior, tested) {
  const weights = prior.map((p, c) => (tested[c] ? p : 0));
  const total = sum(weights);
  return total > 0 ? weights.map((w) => w / total) : tested.map((t) => t / sum(tested.map(Number)));
}

// What a difference must exceed, in standard errors: between the degrees of freedom that are given.
function critical({ at, values }, freedom) {
  const x = 1 / freedom;
  const after = at.findIndex((edge) => edge <= x);
  if (after <= 0) return values[after < 0 ? values.length - 1 : 0];
  const share = (at[after - 1] - x) / (at[after - 1] - at[after]);
  return values[after - 1] + share * (values[after] - values[after - 1]);
}

// Every method under a prior (of any sum, head to tail), the best mean first.
function judge(u, prior) {
  const weights = normalised(prior, u.tested);
  const under = (matrix, row) => sum(weights.map((w, c) => w * matrix[row * weights.length + c]));
  let row = 0;
  const methods = u.methods.map((name, m) => {
    const rows = u.seeds[m].map(() => row++);
    const scores = rows.map((r) => under(u.recalls, r));
    const squares = sum(rows.map((r) => under(u.residuals, r) ** 2));
    const average = mean(scores);
    const spread = scores.length > 1
      ? Math.sqrt(sum(scores.map((s) => (s - average) ** 2)) / (scores.length - 1)) : 0;
    return { name, m, scores, squares, mean: average, spread, behind: null };
  });
  const common = sum(methods.map(({ squares }) => squares)) / u.freedom;
  const own = methods.map(({ squares, m }) => (u.shares[m] > 1e-9 ? squares / u.shares[m] : 0));
  const noise = (m) => Math.max(own[u.noiseOf[m]], common);
  const rounded = (value) => Math.round(value * 1e12); // equal however they were added up
  const ordered = methods.toSorted((a, b) => rounded(b.mean) - rounded(a.mean));
  const best = ordered[0];
  for (const method of ordered.slice(1)) {
    const seeds = u.seeds[method.m].filter((seed) => u.seeds[best.m].includes(seed));
    if (!seeds.length) continue;
    const of = ({ scores, m }, seed) => scores[u.seeds[m].indexOf(seed)];
    const difference = mean(seeds.map((seed) => of(method, seed) - of(best, seed)));
    const runs = u.freedom ? (noise(method.m) + noise(best.m)) / seeds.length : 0;
    const total = ofImages(u, weights, method.m, best.m) + runs;
    const freedom = runs > 0 ? u.freedom * (total / runs) ** 2 : Infinity;
    const half = critical(u.critical, freedom) * Math.sqrt(total);
    const open = !u.freedom || seeds.length < u.enough || Math.abs(difference) <= half;
    method.behind = { difference, half, word: open ? "undecided" : "worse" };
  }
  return ordered;
}

// Variance over test images of the difference of two methods.
function ofImages(u, weights, a, b) {
  const [low, high, count] = [Math.min(a, b), Math.max(a, b), u.methods.length];
  const pair = (low * (2 * count - low - 1)) / 2 + high - low - 1;
  const pairs = (count * (count - 1)) / 2;
  const parts = u.places.map(([c, d], i) => weights[c] * weights[d] * u.images[i * pairs + pair]);
  return Math.max(0, sum(parts));
}

// A prior that falls from head to tail by a factor; below 1 it rises.
function exponential(classes, factor) {
  return Array.from({ length: classes }, (_, c) => factor ** (-c / Math.max(1, classes - 1)));
}

// In words: which method to take, and which others can't be told from it.
function sentence([best, ...others]) {
  const open = others.filter(({ behind }) => !behind || behind.word === "undecided");
  if (!others.length) return `${best.name} stands alone.`;
  if (!open.length) return `${best.name} is best: all others are worse.`;
  const named = open.length > 4 ? `${open.length} others` : open.map(({ name }) => name).join("; ");
  return `${best.name} has the best mean; undecided beside it: ${named}.`;
}

function explore(place) {
  const u = JSON.parse(place.querySelector("script").textContent);
  for (const name of ["recalls", "residuals", "images"]) u[name] = decoded(u[name]);
  const [slider, told, words, body] = ["input[type=range]", ".factor", ".verdict", "tbody"].map((s) =>
    place.querySelector(s));
  const fields = [...place.querySelectorAll("input[type=number]")];
  const percent = (value) => (100 * value).toFixed(1);
  let prior;
  const show = (said) => {
    told.textContent = said;
    const found = judge(u, prior);
    words.textContent = sentence(found);
    body.replaceChildren(...found.map(({ name, mean: m, spread, scores, behind }, rank) => {
      const cells = [name, percent(m) + (scores.length > 1 ? ` ± ${percent(spread)}` : "")];
      cells.push(behind ? `${percent(behind.difference)} ± ${percent(behind.half)}` : "",
        behind ? behind.word : rank ? "no seed in common" : "");
      const row = document.createElement("tr");
      row.append(...cells.map((text, i) => {
        const cell = document.createElement(i ? "td" : "th");
        cell.textContent = text;
        if (i) cell.className = i < 3 ? "number" : "";
        else cell.scope = "row";
        return cell;
      }));
      return row;
    }));
  };
  const fill = () => {
    const weights = normalised(prior, u.tested.map(() => true));
    fields.forEach((field, c) => { field.value = +(100 * weights[c]).toPrecision(3); });
  };
  const slide = () => {
    const factor = 10 ** slider.value;
    prior = exponential(u.tested.length, factor);
    fill();
    const times = Math.max(factor, 1 / factor).toPrecision(2).replace(/\.0$/, "");
    const which = factor < 1 ? "the other way round: the tail is met most" : "the head is met most";
    show(+slider.value ? `${+times} times from head to tail, ${which}` : "all classes alike");
    mark(place, +slider.value);
  };
  slider.addEventListener("input", slide);
  fields.forEach((field) => field.addEventListener("input", () => {
    prior = fields.map(({ value }) => Math.max(0, +value || 0));
    show("as the fields say");
    mark(place, null);
  }));
  place.querySelector("button").addEventListener("click", () => {
    prior = u.trained;
    fill();
    show("as in training, to the image");
    mark(place, null);
  });
  slide();
}

// Where the slider stands, in the figure beside it.
function mark(place, x) {
  const plot = place.closest(".columns").querySelector(".plot");
  const line = { type: "line", x0: x, x1: x, y0: 0, y1: 1, yref: "paper", name: "slider",
    line: { width: 2, color: "#868e99" } };
  const { layout } = figures[plot.id];
  layout.shapes = (layout.shapes || []).filter(({ name }) => name !== "slider");
  if (x !== null) layout.shapes.push(line);
  if (drawn.has(plot)) Plotly.relayout(plot, { shapes: layout.shapes });
}

if (typeof document !== "undefined") document.querySelectorAll(".prior").forEach(explore);
