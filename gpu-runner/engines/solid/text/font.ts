/**
 * A font as the layout sees it: which characters it has, how HarfBuzz sets a piece of text in it, what its glyphs look
 * like. All lengths are em, +Y up. It is the only file that talks to HarfBuzz; it decides nothing about lines or places.
 */
import * as hb from "harfbuzzjs";

/** A glyph where HarfBuzz put it, lengths in em. `cluster` is the index of its first character in the text. */
export interface ShapedGlyph {
  readonly glyph: number;
  readonly cluster: number;
  readonly advance: number;
  readonly xOffset: number;
  readonly yOffset: number;
}

/** One piece of text that has one direction and one script. */
export interface TextSpan {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly rtl: boolean;
  /** ISO 15924, e.g. `Arab`; null lets HarfBuzz guess. */
  readonly script: string | null;
}

/** A segment of an outline: SVG path letters M, L, Q, C, Z with absolute values in em. */
export interface OutlineCommand {
  readonly type: string;
  readonly values: readonly number[];
}

// A space of any width can be drawn by every font, and HarfBuzz replaces a non-breaking hyphen by the common one.
// The fillers of old Korean are "ignorable" to Unicode but not to HarfBuzz.
const ALWAYS_THERE = /^[[\p{White_Space}\p{Default_Ignorable_Code_Point}]--[\u115f\u1160\u3164\uffa0]]$/v;
/** Characters that may rightly have an empty outline; any other is only a picture in this font. */
const MAY_BE_EMPTY = /^[\p{M}\u115f\u1160\u2800\u3164\uffa0]$/u;
const NAME_FAMILY = 1;
const NAME_VERSION = 5;
const NAME_TYPOGRAPHIC_FAMILY = 16;

/** An opened font. */
export class Font {
  readonly family: string;
  readonly version: string;
  /** False for a file that maps no character to a glyph. */
  readonly hasCharacters: boolean;
  readonly #font: hb.Font;
  readonly #unitsPerEm: number;
  readonly #outlines = new Map<number, readonly OutlineCommand[]>();

  /** Opens the first font in `bytes`, which `checkFontFile` has passed. A variable font is used at its default instance. */
  constructor(bytes: Uint8Array) {
    const face = new hb.Face(new hb.Blob(bytes), 0);
    this.#font = new hb.Font(face);
    this.#unitsPerEm = face.upem;
    this.hasCharacters = face.collectUnicodes().length > 0;
    this.family = (
      face.getName(NAME_TYPOGRAPHIC_FAMILY, "en") ||
      face.getName(NAME_FAMILY, "en") ||
      "unnamed font"
    ).trim();
    this.version =
      face
        .getName(NAME_VERSION, "en")
        .replace(/^Version\s+/i, "")
        .split(";")[0]
        ?.trim() || "unknown";
  }

  /** Whether the font can draw a grapheme, in the form it is written or in a canonically equivalent one. */
  has(grapheme: string): boolean {
    return [grapheme, grapheme.normalize("NFC"), grapheme.normalize("NFD")].some((form) =>
      [...form].every((char) => ALWAYS_THERE.test(char) || this.#hasChar(char)),
    );
  }

  #hasChar(char: string): boolean {
    const glyph = this.#font.nominalGlyph(char.codePointAt(0) as number);
    if (glyph) return MAY_BE_EMPTY.test(char) || this.outline(glyph).length > 0;
    return char === "\u2011" && this.#hasChar("\u2010");
  }

  /**
   * Sets a span of text: glyphs in visual order, left to right. With `ligatures` false, optional ligatures are off;
   * those that a script cannot be written without stay.
   */
  shape(span: TextSpan, ligatures: boolean): ShapedGlyph[] {
    const buffer = new hb.Buffer();
    // The whole text goes in, so that letters at the edges of the span still join to their neighbours.
    buffer.addText(span.text, span.start, span.end - span.start);
    if (span.script === null) buffer.guessSegmentProperties();
    else buffer.setScript(span.script);
    buffer.setDirection(span.rtl ? hb.Direction.RTL : hb.Direction.LTR);
    buffer.setLanguage("und");
    const off = ["liga", "clig", "dlig", "hlig"];
    hb.shape(this.#font, buffer, ligatures ? [] : off.map((tag) => new hb.Feature(tag, 0)));
    const scale = 1 / this.#unitsPerEm;
    const positions = buffer.getGlyphPositions();
    return buffer.getGlyphInfos().map((info, i) => {
      const at = positions[i] as hb.GlyphPosition;
      return {
        glyph: info.codepoint,
        cluster: info.cluster,
        advance: at.xAdvance * scale,
        xOffset: at.xOffset * scale,
        yOffset: at.yOffset * scale,
      };
    });
  }

  /** Outline of a glyph; empty for a space, and for a glyph that is only a picture. */
  outline(glyph: number): readonly OutlineCommand[] {
    let outline = this.#outlines.get(glyph);
    if (!outline) {
      const scale = 1 / this.#unitsPerEm;
      outline = this.#font
        .glyphToJson(glyph)
        .map(({ type, values }) => ({ type, values: values.map((v) => v * scale) }));
      this.#outlines.set(glyph, outline);
    }
    return outline;
  }
}

/** Version of HarfBuzz, e.g. `15.0.0`. */
export function harfbuzzVersion(): string {
  return hb.versionString();
}
