// A table with role="grid": one of its cells is a tab stop, the arrow keys move between them (APG grid pattern).
// Without this script every link of the table is a tab stop of its own.
import { moved } from "./moves";

/** What takes the focus in a cell: its link, or the cell itself. */
function stop(cell: HTMLTableCellElement): HTMLElement {
  return cell.querySelector("a") ?? cell;
}

function cells(table: HTMLTableElement): HTMLTableCellElement[][] {
  return [...(table.tBodies[0]?.rows ?? [])].map((row) => [...row.cells].filter((cell) => cell.tagName === "TD"));
}

function setUp(table: HTMLTableElement): void {
  const grid = cells(table);
  for (const cell of grid.flat()) stop(cell).tabIndex = -1;
  const first = grid.flat().find((cell) => cell.querySelector("a")) ?? grid[0]?.[0];
  if (!first) return;
  let current = stop(first);
  current.tabIndex = 0;

  const rove = (to: HTMLElement): void => {
    current.tabIndex = -1;
    current = to;
    current.tabIndex = 0;
  };
  table.addEventListener("focusin", (event) => {
    const cell = (event.target as HTMLElement).closest("td");
    if (cell) rove(stop(cell));
  });
  table.addEventListener("keydown", (event) => {
    const cell = (event.target as HTMLElement).closest("td");
    if (!cell || event.altKey || event.metaKey || event.shiftKey) return;
    const row = grid.findIndex((line) => line.includes(cell));
    const place = moved(event.key, event.ctrlKey, row, grid[row]?.indexOf(cell) ?? -1, grid.length, grid[row]?.length ?? 0);
    const next = place && grid[place[0]]?.[place[1]];
    if (!next) return;
    event.preventDefault();
    stop(next).focus();
  });
}

for (const table of document.querySelectorAll<HTMLTableElement>("table[data-grid]")) setUp(table);
