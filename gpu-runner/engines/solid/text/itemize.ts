/**
 * Splits a line into pieces that HarfBuzz can set: one font, one direction, one script each, in the order they stand
 * from left to right. Directions follow the Unicode Bidirectional Algorithm (UAX #9), with bidi-js.
 */
import bidiFactory from "bidi-js";
import type { Font, TextSpan } from "./font.ts";

/** A span of a line in one font. `spans` share the line's text. */
export interface LineItem extends TextSpan {
  readonly font: Font;
}

/** A grapheme of a line and the font that sets it. */
export interface FontedGrapheme {
  readonly start: number;
  readonly end: number;
  readonly font: Font;
}

// ISO 15924 codes of the scripts in use today; for a rarer one HarfBuzz guesses from the letters.
const SCRIPTS = (
  "Latn Grek Cyrl Hani Hira Kana Hang Bopo Arab Hebr Deva Thai Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Laoo Tibt " +
  "Mymr Khmr Geor Armn Ethi Syrc Thaa Nkoo Cher Cans Mong Yiii Tfng Java Bali Sund Olck Vaii Tglg Limb Tale Talu Lana " +
  "Cham Kali Rjng Lepc Saur Mtei Adlm Rohg Runr Ogam Goth Copt Glag Osge Bamu Bugi Batk Lisu"
).split(" ");
const SCRIPT_PATTERNS = SCRIPTS.map((script) => ({ script, pattern: new RegExp(`\\p{Script=${script}}`, "u") }));
/** Right-to-left letters beyond U+FFFF, which bidi-js, reading UTF-16 units, takes for left-to-right ones. */
const ASTRAL_RIGHT_TO_LEFT = /[\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/gu;
const bidi = bidiFactory();

/** Items of a line from left to right. `graphemes` cover the line in the order of its text. */
export function itemize(line: string, graphemes: readonly FontedGrapheme[]): LineItem[] {
  // Each half of a surrogate pair becomes a letter of the same direction: only the directions are read from this text.
  const bidiText = line.replace(ASTRAL_RIGHT_TO_LEFT, "\u05d0\u05d0");
  const embedding = bidi.getEmbeddingLevels(bidiText);
  const scripts = graphemeScripts(line, graphemes);
  const itemAt = new Map<number, LineItem>();
  let open: { item: LineItem & { end: number }; level: number } | null = null;
  for (const [i, { start, end, font }] of graphemes.entries()) {
    const level = embedding.levels[start] ?? 0;
    const script = scripts[i] ?? null;
    if (open && open.level === level && open.item.font === font && open.item.script === script) open.item.end = end;
    else open = { item: { text: line, start, end, rtl: level % 2 === 1, script, font }, level };
    itemAt.set(start, open.item);
  }
  // A set keeps the order in which its members came: the place of an item's first character seen from the left.
  const ordered = new Set<LineItem>();
  for (const index of bidi.getReorderedIndices(bidiText, embedding)) {
    const item = itemAt.get(index);
    if (item) ordered.add(item);
  }
  return [...ordered];
}

/** Script of each grapheme; spaces, digits and punctuation take that of the letters before them, else after them. */
function graphemeScripts(line: string, graphemes: readonly FontedGrapheme[]): (string | null)[] {
  const scripts = graphemes.map(({ start, end }) => scriptOf(line.slice(start, end)));
  let before = scripts.find((script) => script !== null) ?? null;
  return scripts.map((script) => {
    before = script ?? before;
    return before;
  });
}

function scriptOf(grapheme: string): string | null {
  return SCRIPT_PATTERNS.find(({ pattern }) => pattern.test(grapheme))?.script ?? null;
}
