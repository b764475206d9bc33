/**
 * The fonts one text may use: the chosen one first, then those that stand in for it. An uploaded font has no stand-ins,
 * because its user asked for that very font. It decides which font sets a grapheme; it does not set anything.
 */
import type { BundledFont } from "#contract/job-types/text-to-3d.ts";
import { JobFailure } from "../../../process/job-failure.ts";
import { type FontId, readBundledFont, standInsFor } from "./bundled-fonts.ts";
import { Font } from "./font.ts";
import { checkFontFile, damagedFont } from "./font-file.ts";
import { nameCharacters } from "./text-lines.ts";

const EMOJI = /^\p{RGI_Emoji}$/v;

export class FontSet {
  readonly primary: Font;
  /** What the user should know about the font file. */
  readonly warnings: readonly string[];
  readonly #fallbacks: FontId[];
  readonly #uploaded: boolean;
  readonly #loaded: Font[];

  private constructor(primary: Font, fallbacks: readonly FontId[], uploaded: boolean, warnings: readonly string[]) {
    this.primary = primary;
    this.warnings = warnings;
    this.#fallbacks = [...fallbacks];
    this.#uploaded = uploaded;
    this.#loaded = [primary];
  }

  /** A bundled font with all others behind it. Rejects with `engine_missing` when the fonts are not installed. */
  static async bundled(id: BundledFont): Promise<FontSet> {
    return new FontSet(await openBundled(id), standInsFor(id), false, []);
  }

  /** An uploaded font, alone. Throws what `checkFontFile` throws, and `input_invalid` for a font without characters. */
  static uploaded(bytes: Uint8Array): FontSet {
    const warnings = checkFontFile(bytes);
    const font = new Font(bytes);
    if (!font.hasCharacters) throw damagedFont("it maps no characters to glyphs");
    return new FontSet(font, [], true, warnings);
  }

  /** The first font that has all of a grapheme, or null. Fonts are opened only when they are asked. */
  async fontFor(grapheme: string): Promise<Font | null> {
    const known = this.#loaded.find((font) => font.has(grapheme));
    if (known) return known;
    for (let id = this.#fallbacks.shift(); id; id = this.#fallbacks.shift()) {
      const font = await openBundled(id);
      this.#loaded.push(font);
      if (font.has(grapheme)) return font;
    }
    return null;
  }

  /** The failure that names graphemes no font has and says what the user can do. */
  missing(graphemes: readonly string[]): JobFailure {
    const names = nameCharacters(graphemes);
    if (graphemes.every((grapheme) => EMOJI.test(grapheme)))
      return new JobFailure(
        "glyph_missing",
        `Emoji are coloured pictures without outlines that could become a solid: ${names}. Leave them out, or upload a font that draws them as outlines.`,
      );
    if (this.#uploaded)
      return new JobFailure(
        "glyph_missing",
        `The uploaded font ${this.primary.family} has no outlines for ${names}. Leave these characters out, upload a font that has them, or use a bundled font.`,
      );
    return new JobFailure(
      "glyph_missing",
      `No bundled font has ${names}. Leave these characters out, or upload a TTF or OTF font that has them.`,
    );
  }
}

async function openBundled(id: FontId): Promise<Font> {
  try {
    return new Font(await readBundledFont(id));
  } catch (cause) {
    throw new JobFailure("engine_missing", `The bundled font "${id}" is not installed on the runner. Run npm ci.`, {
      retryable: true,
      cause,
    });
  }
}
