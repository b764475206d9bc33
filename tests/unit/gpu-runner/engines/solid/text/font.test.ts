import { beforeAll, describe, expect, it } from "vitest";
import { type FontId, readBundledFont } from "../../../../../../gpu-runner/engines/solid/text/bundled-fonts.ts";
import { flattenOutline, signedArea } from "../../../../../../gpu-runner/engines/solid/text/flatten.ts";
import { Font } from "../../../../../../gpu-runner/engines/solid/text/font.ts";

const fonts = new Map<FontId, Font>();
const font = (id: FontId) => fonts.get(id) as Font;
beforeAll(async () => {
  for (const id of ["sans", "serif", "mono", "arabic", "cjk"] as const)
    fonts.set(id, new Font(await readBundledFont(id)));
});

const shape = (id: FontId, text: string, options: { rtl?: boolean; script?: string; ligatures?: boolean } = {}) =>
  font(id).shape(
    { text, start: 0, end: text.length, rtl: options.rtl ?? false, script: options.script ?? "Latn" },
    options.ligatures ?? true,
  );
const width = (id: FontId, text: string) => shape(id, text).reduce((sum, glyph) => sum + glyph.advance, 0);

describe("Font", () => {
  it("knows its name and version", () => {
    expect(font("serif").family).toBe("Noto Serif");
    expect(font("serif").version).toMatch(/^\d+\.\d+$/);
  });

  it("kerns: AV is narrower than A and V", () => {
    expect(width("sans", "AV")).toBeLessThan(width("sans", "A") + width("sans", "V") - 0.01);
  });

  it("gives every letter of the monospaced font the same advance, 0.6 em", () => {
    for (const { advance } of shape("mono", "iWm.")) expect(advance).toBeCloseTo(0.6, 6);
  });

  it("makes ligatures, and none when told so", () => {
    expect(shape("serif", "ffl")).toHaveLength(1);
    expect(shape("serif", "ffl", { ligatures: false })).toHaveLength(3);
  });

  it("joins Arabic letters: other glyphs than for the same letters alone, from right to left", () => {
    const options = { rtl: true, script: "Arab" };
    const word = shape("arabic", "\u0639\u0639\u0639", options);
    const [alone] = shape("arabic", "\u0639", options);
    expect(word.map(({ cluster }) => cluster)).toEqual([2, 1, 0]);
    expect(new Set([...word.map(({ glyph }) => glyph), alone?.glyph]).size).toBe(4);
  });

  it("joins the letters at a span's edge to those beyond it", () => {
    const text = "\u0639\u0639";
    const spans = { text, rtl: true, script: "Arab" };
    const [first] = font("arabic").shape({ ...spans, start: 0, end: 1 }, true);
    const [alone] = shape("arabic", "\u0639", { rtl: true, script: "Arab" });
    expect(first?.glyph).not.toBe(alone?.glyph);
  });

  it("reorders Devanagari: the vowel sign i stands before its consonant", () => {
    const [sign, letter] = shape("sans", "\u0915\u093f", { script: "Deva" });
    const [consonant] = shape("sans", "\u0915", { script: "Deva" });
    expect(letter?.glyph).toBe(consonant?.glyph);
    expect(sign?.cluster).toBe(0);
  });

  it("sets a combining accent with its letter, without an advance of its own", () => {
    const [composed] = shape("sans", "\u00e9");
    expect(
      shape("sans", "e\u0301")
        .map(({ advance }) => advance)
        .reduce((a, b) => a + b),
    ).toBeCloseTo(composed?.advance ?? 0, 6);
    const [base, mark] = shape("sans", "x\u0323");
    expect(mark?.cluster).toBe(base?.cluster);
    expect(mark?.advance).toBe(0);
  });

  it("keeps the hole of an O", () => {
    const [glyph] = shape("sans", "O");
    const areas = flattenOutline(font("sans").outline(glyph?.glyph ?? 0), 0.0005).map(signedArea);
    expect(areas).toHaveLength(2);
    expect(areas[0]).toBeGreaterThan(0);
    expect(areas[1]).toBeLessThan(0);
    expect((areas[0] as number) + (areas[1] as number)).toBeLessThan(0.7 * (areas[0] as number));
  });

  it("has a grapheme when it has it in a canonically equivalent form", () => {
    expect(font("mono").has("e\u0301")).toBe(true);
    expect(font("sans").has("\u65e5")).toBe(false);
    expect(font("cjk").has("\u65e5")).toBe(true);
  });

  it("has every space, and variation selectors beside a character it has", () => {
    expect(font("sans").has("\u3000")).toBe(true);
    expect(font("cjk").has("\u2764\ufe0f")).toBe(true);
  });
});
