/** Figures of a benchmark with bounds: percentiles, and the table that says which bound is met. */

/** The value below which the share `p` (0 to 1) of the values lies, by nearest rank. NaN of none. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(Math.ceil(p * sorted.length) - 1, 0)] ?? Number.NaN;
}

/** One line of the table. `met` is null for a figure that nothing is required of. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly bound: string;
  readonly met: boolean | null;
}

/** Prints the table. Returns the exit code: 1 when a bound is missed, or when nothing was measured. */
export function printFigures(figures: readonly Figure[]): number {
  const rows = figures.map(({ name, value, bound, met }) => [
    name,
    value,
    bound,
    met === null ? "" : met ? "PASS" : "FAIL",
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  const required = figures.filter(({ met }) => met !== null);
  return required.length > 0 && required.every(({ met }) => met) ? 0 : 1;
}
