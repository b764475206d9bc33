/**
 * Cleans what a user typed into lines that can be set, and names characters in messages. It knows Unicode, not fonts.
 */
import { JobFailure } from "../../../process/job-failure.ts";

const LINE_BREAK = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/u;
/** A tab has no width of its own in a line of letters. */
const TAB = "    ";
/** Break opportunities and the byte order mark: they would only count as letters when letters are spaced. */
const INVISIBLE_BREAKS = /[\u00ad\u200b\u2060\ufeff]/gu;
const UNUSABLE = /[\p{Cc}\p{Cs}]/gu;
/** Most characters one message names. */
const MAX_NAMED = 10;

/**
 * Lines of a text: every kind of line break splits, tabs become four spaces, spaces at line ends and empty lines at
 * both ends go. Throws `input_invalid` naming control characters and halves of surrogate pairs.
 */
export function textLines(text: string): string[] {
  const lines = text
    .split(LINE_BREAK)
    .map((line) => line.replaceAll("\t", TAB).replace(INVISIBLE_BREAKS, "").trimEnd());
  const unusable = new Set(lines.join("").match(UNUSABLE) ?? []);
  if (unusable.size > 0)
    throw new JobFailure(
      "input_invalid",
      `The text holds control characters: ${nameCharacters([...unusable])}. Remove them.`,
    );
  const first = lines.findIndex((line) => line !== "");
  const last = lines.findLastIndex((line) => line !== "");
  return first < 0 ? [] : lines.slice(first, last + 1);
}

/** Names characters for a message: `日 (U+65E5), 本 (U+672C)`, at most ten, invisible ones by code point only. */
export function nameCharacters(characters: readonly string[]): string {
  const named = characters.slice(0, MAX_NAMED).map((character) => {
    const codes = [...character].map(
      (char) => `U+${(char.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0")}`,
    );
    return /^[\p{C}\p{Z}]/u.test(character) ? codes.join(" ") : `${character} (${codes.join(" ")})`;
  });
  const more = characters.length - named.length;
  return named.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
