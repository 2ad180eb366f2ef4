// Arrow keys, Home and End move between the cells of a heat map; Tab keeps working as everywhere.

const STEPS: Record<string, [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

function cellLink(table: HTMLTableElement, row: number, column: number): HTMLAnchorElement | null {
  return table.rows[row]?.cells[column]?.querySelector("a") ?? null;
}

function target(table: HTMLTableElement, from: HTMLTableCellElement, key: string): HTMLAnchorElement | null {
  const row = (from.parentElement as HTMLTableRowElement).rowIndex;
  if (key === "Home" || key === "End") {
    const links = table.rows[row]?.querySelectorAll("a");
    return links?.[key === "Home" ? 0 : links.length - 1] ?? null;
  }
  const step = STEPS[key];
  if (!step) return null;
  // The diagonal holds no link: one step more jumps over it.
  return (
    cellLink(table, row + step[0], from.cellIndex + step[1]) ??
    cellLink(table, row + 2 * step[0], from.cellIndex + 2 * step[1])
  );
}

for (const table of document.querySelectorAll<HTMLTableElement>("table[data-heat]")) {
  table.addEventListener("keydown", (event) => {
    const cell = (event.target as HTMLElement).closest("td");
    if (!cell || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = target(table, cell, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}
