/** Where a key leads in a grid of `rows` x `columns`, from a row and a column; null for other keys. */
export function moved(
  key: string,
  control: boolean,
  row: number,
  column: number,
  rows: number,
  columns: number,
): [number, number] | null {
  const within = (value: number, size: number): number => Math.max(0, Math.min(size - 1, value));
  switch (key) {
    case "ArrowUp":
      return control ? null : [within(row - 1, rows), column];
    case "ArrowDown":
      return control ? null : [within(row + 1, rows), column];
    case "ArrowLeft":
      return control ? null : [row, within(column - 1, columns)];
    case "ArrowRight":
      return control ? null : [row, within(column + 1, columns)];
    case "Home":
      return [control ? 0 : row, 0];
    case "End":
      return [control ? rows - 1 : row, columns - 1];
    case "PageUp":
      return control ? null : [0, column];
    case "PageDown":
      return control ? null : [rows - 1, column];
    default:
      return null;
  }
}
