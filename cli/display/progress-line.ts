/**
 * Progress on a terminal: one line, drawn again and again. Where there is no terminal, one plain line per stage, so that
 * a log stays readable.
 */

/** Where it is drawn; `process.stderr` is one. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** ANSI colours; see `wantsColor`. */
  readonly color?: boolean;
}

const BAR_CELLS = 24;
const CLEAR_LINE = "\r\u001b[2K";

/** Colours only where a person looks: https://no-color.org and a terminal. */
export function wantsColor(output: ProgressOutput, env: Readonly<Record<string, string | undefined>>): boolean {
  return output.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}

/** A bar of 24 cells for 0 to 1. */
export function bar(fraction: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * BAR_CELLS);
  return "█".repeat(filled) + "░".repeat(BAR_CELLS - filled);
}

export class ProgressLine {
  readonly #output: ProgressOutput;
  readonly #color: boolean;
  #label = "";
  #drawn = "";

  constructor(output: ProgressOutput, options: ProgressOptions = {}) {
    this.#output = output;
    this.#color = options.color ?? false;
  }

  /** Shows `label` and how far it is, 0 to 1; null = not known. */
  update(label: string, fraction: number | null): void {
    if (!this.#output.isTTY) {
      if (label !== this.#label) this.#output.write(`${label}\n`);
      this.#label = label;
      return;
    }
    const percent = fraction === null ? "" : `${Math.floor(fraction * 100)} %`;
    const paint = (code: number, text: string) => (this.#color ? `\u001b[${code}m${text}\u001b[0m` : text);
    const room = Math.max(8, (this.#output.columns ?? 80) - BAR_CELLS - 10);
    const name = label.length > room ? `${label.slice(0, room - 1)}…` : label;
    const text = `${paint(36, bar(fraction ?? 0))} ${percent.padStart(5)}  ${name}`;
    if (text === this.#drawn) return;
    this.#drawn = text;
    this.#output.write(CLEAR_LINE + text);
  }

  /** Takes the line away, so that something else can be written. */
  clear(): void {
    if (this.#drawn !== "") this.#output.write(CLEAR_LINE);
    this.#drawn = "";
  }
}
