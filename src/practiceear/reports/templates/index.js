"use strict";
for (const [column, head] of [...document.querySelectorAll("thead th")].entries()) {
  const button = head.querySelector("button");
  if (!button) continue;
  button.addEventListener("click", () => {
    const isRising = head.getAttribute("aria-sort") !== "ascending";
    for (const other of document.querySelectorAll("thead th")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", isRising ? "ascending" : "descending");
    const body = document.querySelector("tbody");
    const value = (row) => {
      const cell = row.cells[column];
      return "value" in cell.dataset ? Number(cell.dataset.value || "Infinity") : cell.textContent;
    };
    const rows = [...body.rows].sort((a, b) => {
      const [left, right] = [value(a), value(b)];
      const order = typeof left === "number" ? left - right : left.localeCompare(right);
      return isRising ? order : -order;
    });
    body.append(...rows);
  });
}
