/**
 * The whole way from a text to a drawing: clean, choose fonts, shape, place. Runs in the solid engine's child. It makes
 * flat outlines only; depth, bevel and plate are the solid builder's.
 */
import type { TextTo3dParams } from "#contract/job-types/text-to-3d.ts";
import { JobFailure } from "../../../process/job-failure.ts";
import type { Contour, Drawing } from "../drawing.ts";
import { harfbuzzVersion } from "./font.ts";
import { damagedFont } from "./font-file.ts";
import { FontSet } from "./font-set.ts";
import { placeLines } from "./place-lines.ts";
import { assignFonts, hasCursiveLetters, type ShapedLine, shapeLine } from "./shape-line.ts";
import { textLines } from "./text-lines.ts";

/** Most characters a warning names. */
const MAX_NAMED = 10;

interface FontFacts {
  readonly family: string;
  readonly version: string;
}

export interface TextLayout {
  readonly drawing: Drawing;
  /** Facts for the manifest. `widthMm` and `heightMm` are of the letters' ink, without a base plate. */
  readonly report: {
    readonly lines: number;
    readonly glyphs: number;
    readonly font: FontFacts;
    /** Fonts that stood in for characters the chosen one lacks. */
    readonly fallbackFonts: readonly FontFacts[];
    readonly textWidthMm: number;
    readonly textHeightMm: number;
  };
  /** Versions of what had a part, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * Lays a text out: one shape, in millimetres. `fontBytes` is an uploaded TTF or OTF, or null for the bundled font that
 * `params.font` names. Rejects with a `JobFailure`: `input_invalid` (control characters, damaged font, too long for
 * its arc), `glyph_missing`, `nothing_to_draw`.
 */
export async function layoutText(params: TextTo3dParams, fontBytes: Uint8Array | null): Promise<TextLayout> {
  try {
    return await layout(params, fontBytes);
  } catch (cause) {
    // HarfBuzz is hardened against broken fonts; should one still trap its WebAssembly, the font is to blame.
    if (fontBytes && cause instanceof Error && cause.name === "RuntimeError")
      throw damagedFont("its tables cannot be read");
    throw cause;
  }
}

async function layout(params: TextTo3dParams, fontBytes: Uint8Array | null): Promise<TextLayout> {
  const lines = textLines(params.text);
  const fonts = fontBytes ? FontSet.uploaded(fontBytes) : await FontSet.bundled(params.font);
  const graphemes = await assignFonts(lines, fonts);
  const shaped = lines.map((line, i) => shapeLine(line, graphemes[i] ?? [], params.letterSpacing));
  const missing = new Set(shaped.flatMap((line) => line.missing));
  if (missing.size > 0) throw fonts.missing([...missing]);
  const contours = shaped.length > 0 ? placeLines(shaped, params) : [];
  if (contours.length === 0)
    throw new JobFailure(
      "nothing_to_draw",
      "The text holds nothing that can be drawn, only spaces or invisible characters. Enter some letters.",
    );

  const used = new Set(graphemes.flat().map(({ font }) => font));
  const substitutes = [...used].filter((font) => font !== fonts.primary);
  const warnings = [
    ...fonts.warnings,
    ...substitutes.map((font) => {
      const set = lines.flatMap((line, i) =>
        (graphemes[i] ?? []).filter((g) => g.font === font).map((g) => line.slice(g.start, g.end)),
      );
      return `${fonts.primary.family} has no ${briefly(set)}: set in ${font.family} instead.`;
    }),
  ];
  if (params.letterSpacing !== 0 && lines.some(hasCursiveLetters))
    warnings.push("Letters that join are not spaced: it would tear them apart.");

  const { width, height } = extent(contours);
  return {
    drawing: { shapes: [{ color: longColor(params.color), contours }], mmPerUnit: 1, warnings },
    report: {
      lines: lines.length,
      glyphs: countGlyphs(shaped),
      font: { family: fonts.primary.family, version: fonts.primary.version },
      fallbackFonts: substitutes.map(({ family, version }) => ({ family, version })),
      textWidthMm: width,
      textHeightMm: height,
    },
    versions: Object.fromEntries([
      ["harfbuzz", harfbuzzVersion()],
      ...[fonts.primary, ...substitutes].map(({ family, version }) => [`font ${family}`, version]),
    ]),
  };
}

/** The first few different letters, for a sentence. */
function briefly(graphemes: readonly string[]): string {
  const letters = [...new Set(graphemes)].filter((grapheme) => grapheme.trim() !== "");
  return letters.slice(0, MAX_NAMED).join(" ") + (letters.length > MAX_NAMED ? " …" : "");
}

function countGlyphs(lines: readonly ShapedLine[]): number {
  return lines.reduce((sum, line) => sum + line.clusters.reduce((n, cluster) => n + cluster.glyphs.length, 0), 0);
}

/** Size of the smallest box around contours, rounded to micrometres. */
function extent(contours: readonly Contour[]): { width: number; height: number } {
  let [left, bottom, right, top] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const contour of contours)
    for (const [x, y] of contour) {
      left = Math.min(left, x);
      right = Math.max(right, x);
      bottom = Math.min(bottom, y);
      top = Math.max(top, y);
    }
  const round = (mm: number) => Math.round(mm * 1000) / 1000;
  return { width: round(right - left), height: round(top - bottom) };
}

/** `#F80` and `#FF8800` become `#ff8800`. */
function longColor(color: string): string {
  const hex = color.slice(1).toLowerCase();
  return `#${hex.length === 3 ? hex.replace(/./g, "$&$&") : hex}`;
}
