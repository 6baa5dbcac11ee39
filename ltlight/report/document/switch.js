// The switch: of the variants below, those of the chosen data, ratio and method are shown.
"use strict";
const form = document.getElementById("switch");
const PARTS = ["data", "ratio", "method"];

// The options of a part, given the parts before it; of one option there is nothing to choose.
function offer(settings, chosen, part) {
  const before = PARTS.slice(0, PARTS.indexOf(part));
  const left = settings.filter((c) => before.every((p) => c[p] === chosen[p]));
  const options = [...new Set(left.map((c) => c[part]))];
  const wanted = options.includes(chosen[part]) ? chosen[part] : options[0];
  const select = form.elements[part];
  select.replaceChildren(...options.map((o) => new Option(o, o, false, o === wanted)));
  const all = new Set(settings.map((c) => c[part]));
  select.parentNode.hidden = all.size < 2;
  return wanted;
}

function choose(wanted) {
  const settings = JSON.parse(form.dataset.settings);
  const chosen = { ...wanted };
  for (const part of PARTS) chosen[part] = offer(settings, chosen, part);
  for (const variant of document.querySelectorAll(".variant")) {
    const of = variant.dataset;
    const all = PARTS.every((part) => of[part] === "" || of[part] === chosen[part]);
    variant.classList.toggle("chosen", all);
  }
}

if (form) {
  const read = () => Object.fromEntries(PARTS.map((part) => [part, form.elements[part].value]));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => {
    const before = form.getBoundingClientRect().top;
    const anchor = middle();
    const at = anchor && anchor.getBoundingClientRect().top;
    choose(read());
    redraw(); // what was drawn for another width of the page
    if (before < 1 && anchor) scrollBy(0, anchor.getBoundingClientRect().top - at);
  });
  choose(read());
}

// The section that is being read: it stays where it is while those above it change their height.
function middle() {
  const sections = [...document.querySelectorAll("main > section")];
  return sections.findLast((s) => s.getBoundingClientRect().top < innerHeight / 2);
}
