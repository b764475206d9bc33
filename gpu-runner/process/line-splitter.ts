/** Cuts a child's output into lines. A line that never ends can't fill the memory. */

/** Longest line that is passed on whole; the rest of a longer one is dropped. A result message must fit. */
export const MAX_LINE_CHARS = 4 * 1024 * 1024;

/** Calls `onLine` for each line of a UTF-8 stream, the last one included even without a line break. Blank lines are skipped. */
export function splitLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = "";
  const emit = (line: string) => {
    const text = line.trimEnd();
    if (text) onLine(text);
  };
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = (lines.pop() ?? "").slice(0, MAX_LINE_CHARS);
    for (const line of lines) emit(line);
  });
  stream.on("end", () => emit(rest));
  stream.on("error", () => emit(rest)); // destroyed after the drain time: what came is all there is
}

/** Keeps the last `maxLines` lines, each at most `maxChars` long. */
export class LineTail {
  readonly #lines: string[] = [];
  readonly #maxLines: number;
  readonly #maxChars: number;

  constructor(maxLines = 40, maxChars = 500) {
    this.#maxLines = maxLines;
    this.#maxChars = maxChars;
  }

  add(line: string): void {
    this.#lines.push(line.slice(0, this.#maxChars));
    if (this.#lines.length > this.#maxLines) this.#lines.shift();
  }

  toString(): string {
    return this.#lines.join("\n");
  }
}
