/**
 * Sets one line: from its text to clusters of glyphs along a straight baseline. Lengths are em, x grows to the right
 * in every direction of writing. It does not know where the line stands.
 */
import type { Font } from "./font.ts";
import type { FontSet } from "./font-set.ts";
import { type FontedGrapheme, itemize, type LineItem } from "./itemize.ts";

/** Glyphs that belong together, a letter with its accents, and move as one. */
export interface Cluster {
  readonly font: Font;
  /** Pen position where the cluster begins. */
  readonly x: number;
  readonly advance: number;
  /** `dx`, `dy`: place of the glyph's origin, counted from the cluster's pen position. */
  readonly glyphs: readonly { readonly glyph: number; readonly dx: number; readonly dy: number }[];
  /** Its letters are drawn as one stroke with their neighbours. */
  readonly joined: boolean;
}

export interface ShapedLine {
  readonly clusters: readonly Cluster[];
  /** Advance of the whole line, without space after its last letter. */
  readonly width: number;
  /** Characters the font had on paper but not when it was used: glyph 0 came out of shaping. */
  readonly missing: readonly string[];
}

/** Scripts whose letters join along the baseline, by the Unicode Standard's ArabicShaping.txt. Spacing would tear them. */
const CURSIVE = new Set(["Arab", "Syrc", "Nkoo", "Mong", "Adlm", "Rohg"]);
/** Scripts whose letters hang on one common line. Spacing them is usual, bending them letter by letter tears the line. */
const HEADLINE = new Set(["Deva", "Beng", "Guru"]);
const INVISIBLE = /^\p{Default_Ignorable_Code_Point}+$/u;
const BLANK = /^\p{White_Space}+$/u;
const segmenter = new Intl.Segmenter("und", { granularity: "grapheme" });

/** Whether letters of the line join, so that letter spacing leaves it alone, at least in part. */
export function hasCursiveLetters(line: string): boolean {
  return /[\p{Script=Arab}\p{Script=Syrc}\p{Script=Nkoo}\p{Script=Mong}\p{Script=Adlm}\p{Script=Rohg}]/u.test(line);
}

/**
 * Finds a font for every grapheme of every line. Rejects with `glyph_missing` naming all graphemes no font has.
 * A space is set in the font of what stands before it, so that it does not split a word's surroundings.
 */
export async function assignFonts(lines: readonly string[], fonts: FontSet): Promise<FontedGrapheme[][]> {
  const missing = new Set<string>();
  const assigned: FontedGrapheme[][] = [];
  for (const line of lines) {
    const graphemes: FontedGrapheme[] = [];
    for (const { segment, index } of segmenter.segment(line)) {
      const font = BLANK.test(segment) ? (graphemes.at(-1)?.font ?? fonts.primary) : await fonts.fontFor(segment);
      if (font) graphemes.push({ start: index, end: index + segment.length, font });
      else missing.add(segment);
    }
    assigned.push(graphemes);
  }
  if (missing.size > 0) throw fonts.missing([...missing]);
  return assigned;
}

/** Sets a line whose graphemes have fonts. `letterSpacing` in em goes between clusters and turns optional ligatures off. */
export function shapeLine(line: string, graphemes: readonly FontedGrapheme[], letterSpacing: number): ShapedLine {
  const clusters: Cluster[] = [];
  const missing: string[] = [];
  let x = 0;
  let beforeIsCursive = false;
  let beforeIsVisible = false;
  for (const item of itemize(line, graphemes)) {
    const cursive = CURSIVE.has(item.script ?? "");
    for (const cluster of clustersOf(item, letterSpacing === 0)) {
      const visible = !INVISIBLE.test(cluster.source);
      if (visible && beforeIsVisible && !(cursive && beforeIsCursive)) x += letterSpacing;
      const { glyphs, advance } = cluster;
      clusters.push({ font: item.font, x, advance, glyphs, joined: cursive || HEADLINE.has(item.script ?? "") });
      if (visible && glyphs.some(({ glyph }) => glyph === 0)) missing.push(cluster.source);
      x += advance;
      beforeIsCursive = cursive;
      beforeIsVisible ||= visible;
    }
  }
  return { clusters, width: x, missing };
}

interface SpanCluster {
  /** The character the cluster begins with. */
  readonly source: string;
  readonly glyphs: { glyph: number; dx: number; dy: number }[];
  advance: number;
}

function clustersOf(item: LineItem, ligatures: boolean): SpanCluster[] {
  const clusters: SpanCluster[] = [];
  let at = -1;
  for (const glyph of item.font.shape(item, ligatures)) {
    if (glyph.cluster !== at) {
      const source = String.fromCodePoint(item.text.codePointAt(glyph.cluster) ?? 0x20);
      clusters.push({ source, glyphs: [], advance: 0 });
      at = glyph.cluster;
    }
    const cluster = clusters.at(-1) as SpanCluster;
    // A font without a space would show its "missing" box for one.
    if (!BLANK.test(cluster.source))
      cluster.glyphs.push({ glyph: glyph.glyph, dx: cluster.advance + glyph.xOffset, dy: glyph.yOffset });
    cluster.advance += glyph.advance;
  }
  return clusters;
}
