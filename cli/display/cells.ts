/** Text as a terminal shows it: how many cells it takes, cut and padded to them, and without what would steer the terminal. */

/** Two cells wide: CJK and emoji (the wide and full-width ranges of Unicode's EastAsianWidth, in blocks). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;
/** No cell of their own: accents, joiners, variation selectors. */
const EMPTY = /^[\p{M}\p{Cf}]$/u;

/**
 * The text with a `?` for each control character, as `ls` has it: names of files and words of servers may hold escape
 * sequences and ends of lines. Marks that turn the direction of writing go too.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, "?");
}

/** Cells of a terminal that the text takes. */
export function cellsOf(text: string): number {
  let cells = 0;
  for (const character of text) cells += EMPTY.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return cells;
}

/** The text in at most so many cells; what is cut off is told by a `…`. */
export function cut(text: string, cells: number): string {
  if (cellsOf(text) <= cells) return text;
  let kept = "";
  for (const character of text) {
    if (cellsOf(kept + character) >= cells) break;
    kept += character;
  }
  return `${kept}…`;
}

/** The text with blanks behind it, so many cells wide. */
export const padded = (text: string, cells: number): string => text + " ".repeat(Math.max(0, cells - cellsOf(text)));
