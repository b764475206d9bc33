/**
 * Progress on a terminal: one line, drawn again and again, and above it a row for each file where several are at work. Where
 * there is no terminal, one plain line per stage, so that a log stays readable.
 */
import { cellsOf, cut, printable } from "./cells.ts";

/** Where it is drawn; `process.stderr` is one. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** ANSI colours; see `wantsColor`. */
  readonly color?: boolean;
}

const BAR_CELLS = 24;
const MIN_BAR_CELLS = 8;
/** Columns from which there is room for the whole bar; below, the label is worth more. */
const WIDE_COLUMNS = 72;
/** Percent, blanks, and the last column, where some terminals break the line. */
const OTHER_CELLS = 9;
const CLEAR_LINE = "\r\u001b[2K";

/** Colours only where a person looks: https://no-color.org and a terminal. */
export function wantsColor(output: ProgressOutput, env: Readonly<Record<string, string | undefined>>): boolean {
  return output.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}

/** A bar for 0 to 1. */
export function bar(fraction: number, cells = BAR_CELLS): string {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * cells);
  return "█".repeat(filled) + "░".repeat(cells - filled);
}

/** One of several things that are at work at the same time. */
export interface ProgressRow {
  readonly label: string;
  /** 0 to 1; null = not known. */
  readonly fraction: number | null;
  /** What changes all the time, behind the label; on a terminal only. */
  readonly detail?: string;
}

/** Lines of the terminal that rows leave free. */
const FREE_LINES = 2;
const MAX_ROWS = 12;

export class ProgressLine {
  readonly #output: ProgressOutput;
  readonly #color: boolean;
  #label = "";
  #drawn = "";

  constructor(output: ProgressOutput, options: ProgressOptions = {}) {
    this.#output = output;
    this.#color = options.color ?? false;
  }

  /** Shows `label` and how far it is, 0 to 1; null = not known. `rows` stand above it, as many as there is room for. */
  update(label: string, fraction: number | null, rows: readonly ProgressRow[] = [], detail = ""): void {
    if (!this.#output.isTTY) {
      if (label !== this.#label) this.#output.write(`${printable(label)}\n`);
      this.#label = label;
      return;
    }
    const room = Math.max(0, Math.min(MAX_ROWS, (this.#output.rows ?? 24) - FREE_LINES));
    const text = [...rows.slice(0, room), { label, fraction, detail }].map((row) => this.#draw(row)).join("\n");
    if (text === this.#drawn) return;
    this.#output.write(this.#erasure() + text);
    this.#drawn = text;
  }

  /** Takes the lines away, so that something else can be written. */
  clear(): void {
    if (this.#drawn !== "") this.#output.write(this.#erasure());
    this.#drawn = "";
  }

  #draw({ label, fraction, detail = "" }: ProgressRow): string {
    const percent = fraction === null ? "" : `${Math.floor(fraction * 100)} %`;
    const paint = (code: number, text: string) => (this.#color ? `\u001b[${code}m${text}\u001b[0m` : text);
    const columns = this.#output.columns ?? 80;
    const barCells = columns >= WIDE_COLUMNS ? BAR_CELLS : Math.max(MIN_BAR_CELLS, Math.floor(columns / 5));
    const room = Math.max(MIN_BAR_CELLS, columns - barCells - OTHER_CELLS);
    // Where there is no room for both, a name is worth more than how fast it goes.
    const words = [printable(label), detail].filter(Boolean).join("  ");
    const name = cellsOf(words) <= room ? words : cut(printable(label), room);
    return `${paint(36, bar(fraction ?? 0, barCells))} ${percent.padStart(5)}  ${name}`;
  }

  /** Goes back over what is drawn, line by line. */
  #erasure(): string {
    return CLEAR_LINE + `\u001b[1A${CLEAR_LINE}`.repeat(this.#drawn.split("\n").length - 1);
  }
}
