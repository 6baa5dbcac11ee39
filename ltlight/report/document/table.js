// A button in a column's head sorts by it, pressed again the other way round: numbers by value.
document.querySelectorAll(".sortable thead button").forEach((button) => {
  button.addEventListener("click", () => {
    const head = button.closest("th");
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

// What is too wide for its place can be scrolled by keyboard, too.
const reach = new ResizeObserver((entries) => entries.forEach(({ target }) => {
  if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
  else target.removeAttribute("tabindex");
}));
document.querySelectorAll(".scroll").forEach((place) => reach.observe(place));
