/** Tables and lists of facts for people, and words for times. */
import { cellsOf, padded, printable } from "./cells.ts";
import { type ProgressOutput, wantsColor } from "./progress-line.ts";

const CODES = { dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
export type Color = keyof typeof CODES;

/** Paints text where a person looks at it; else gives it back as it is. */
export type Paint = (color: Color, text: string) => string;

/** For what is written to `output`. */
export function painter(
  output: Pick<ProgressOutput, "isTTY" | "write">,
  env: Readonly<Record<string, string | undefined>>,
): Paint {
  const wanted = wantsColor(output, env);
  return (color, text) => (wanted ? `\u001b[${CODES[color]}m${text}\u001b[0m` : text);
}

/**
 * Columns under their heads, a row a line; the last column is not padded.
 * @param paintCell paints a cell that is padded already, by its column and its plain text
 */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  paint: Paint,
  paintCell: (column: number, plain: string, padded: string) => string = (_column, _plain, padded) => padded,
): string {
  const shown = rows.map((row) => row.map(printable));
  const widths = heads.map((head, i) => Math.max(head.length, ...shown.map((row) => cellsOf(row[i] ?? ""))));
  const inColumn = (text: string, i: number) => (i === heads.length - 1 ? text : padded(text, widths[i] ?? 0));
  const head = paint("dim", heads.map(inColumn).join("  ").trimEnd());
  const lines = shown.map((row) =>
    row
      .map((cell, i) => paintCell(i, cell, inColumn(cell, i)))
      .join("  ")
      .trimEnd(),
  );
  return [head, ...lines].map((line) => `${line}\n`).join("");
}

/** Names and values, a line each; what is null is left out. */
export function facts(entries: readonly (readonly [name: string, value: string | null])[], paint: Paint): string {
  const shown = entries.filter((entry): entry is readonly [string, string] => entry[1] !== null);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${paint("dim", name.padEnd(width))}  ${value}\n`).join("");
}

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
] as const;

/** `130` → "2 min", `7300` → "2 h": the largest unit that fits, rounded. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [unit, size] = UNITS.find(([, size]) => whole >= size) ?? UNITS[3];
  return `${Math.round(whole / size)} ${unit}`;
}

/** When something was or will be, from `now`; both epoch milliseconds. */
export function fromNow(at: number, now: number): string {
  if (Math.abs(at - now) < 1_000) return "just now";
  return at > now ? `in ${duration((at - now) / 1000)}` : `${duration((now - at) / 1000)} ago`;
}
