import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { BUNDLED_FONTS, type TextTo3dParams, textTo3dParamsSchema } from "#contract/job-types/text-to-3d.ts";
import {
  bundledFontPath,
  FONT_FILES,
  type FontId,
  readBundledFont,
} from "../../../../../../gpu-runner/engines/solid/text/bundled-fonts.ts";
import { signedArea } from "../../../../../../gpu-runner/engines/solid/text/flatten.ts";
import { layoutText } from "../../../../../../gpu-runner/engines/solid/text/layout-text.ts";

const params = (changes: Partial<TextTo3dParams>): TextTo3dParams =>
  textTo3dParamsSchema.parse({ text: "Kiln", ...changes });
const lay = (changes: Partial<TextTo3dParams>, font: Uint8Array | null = null) => layoutText(params(changes), font);
const failure = (changes: Partial<TextTo3dParams>, font: Uint8Array | null = null) =>
  lay(changes, font).then(
    () => Promise.reject(new Error("was accepted")),
    (error) => error as { code: string; message: string },
  );

describe("bundled fonts", () => {
  it.each(Object.keys(FONT_FILES) as FontId[])("%s comes with the text of its open licence", async (id) => {
    const path = bundledFontPath(id);
    const license = await readFile(new URL("../LICENSE_FONT", `file://${path}`), "utf8");
    expect(license).toContain("SIL OPEN FONT LICENSE");
  });

  it.each(BUNDLED_FONTS)("%s sets Latin letters by itself", async (font) => {
    const { report, drawing } = await lay({ text: "Kiln, 3D & more", font });
    expect(report.fallbackFonts).toEqual([]);
    expect(drawing.warnings).toEqual([]);
  });
});

describe("layoutText", () => {
  it("draws one shape in the wanted colour, in millimetres", async () => {
    const { drawing } = await lay({ color: "#F80" });
    expect(drawing.mmPerUnit).toBe(1);
    expect(drawing.shapes.map(({ color }) => color)).toEqual(["#ff8800"]);
  });

  it("reports lines, glyphs, font and the size of the ink", async () => {
    const { report, versions } = await lay({ text: "HH\nH", font: "mono", sizeMm: 100 });
    expect(report).toMatchObject({ lines: 2, glyphs: 3, font: { family: "JetBrains Mono" } });
    // JetBrains Mono: capitals 730/1000 em high, cells 600/1000 em wide.
    expect(report.textHeightMm).toBeCloseTo(120 + 73, 3);
    expect(report.textWidthMm).toBeGreaterThan(100);
    expect(report.textWidthMm).toBeLessThan(120);
    expect(versions.harfbuzz).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("sets Japanese, simplified and traditional Chinese in the cjk font without help", async () => {
    const { report } = await lay({ text: "日本語のかな\n简体中文\n繁體中文", font: "cjk" });
    expect(report.fallbackFonts).toEqual([]);
    expect(report.glyphs).toBe(14);
  });

  it.each([
    ["日本", "Chocolate Classical Sans"],
    ["한국", "NanumGothic"],
    ["مرحبا", "Noto Sans Arabic"],
    ["שלום", "Noto Sans Hebrew"],
    ["สวัสดี", "Noto Sans Thai"],
  ])("falls back for %s to %s and warns", async (text, family) => {
    const { report, drawing } = await lay({ text: `Kiln ${text}`, font: "serif" });
    expect(report.font.family).toBe("Noto Serif");
    expect(report.fallbackFonts.map((font) => font.family)).toEqual([family]);
    expect(drawing.warnings).toEqual([expect.stringContaining(`set in ${family} instead`)]);
  });

  it("sets a letter the font lacks in another font together with its accent, which the font has", async () => {
    const { report, drawing } = await lay({ text: "a\u03c9\u0301", font: "display" });
    expect(report.fallbackFonts.map((font) => font.family)).toEqual(["Noto Sans"]);
    expect(drawing.warnings).toEqual([expect.stringContaining("\u03c9\u0301")]);
  });

  it("names the characters that no bundled font has", async () => {
    const error = await failure({ text: "a\u{13000}b\u10ef\u10ef" });
    expect(error.code).toBe("glyph_missing");
    expect(error.message).toContain("\u{13000} (U+13000), \u10ef (U+10EF)");
    expect(error.message).toContain("upload");
  });

  it("says of emoji what they are, also of those made of many characters", async () => {
    const error = await failure({ text: "hi 😀👨‍👩‍👧" });
    expect(error.code).toBe("glyph_missing");
    expect(error.message).toMatch(/^Emoji .*😀 \(U\+1F600\), 👨‍👩‍👧 \(U\+1F468 U\+200D/u);
  });

  it("draws symbols that are only sometimes emoji", async () => {
    expect((await lay({ text: "I ❤️ ★" })).report.glyphs).toBeGreaterThanOrEqual(3);
  });

  it("uses an uploaded font alone: what it lacks is an error, not another font", async () => {
    const thai = await readBundledFont("thai");
    expect((await lay({ text: "Kiln", font: "cjk" }, thai)).report.font.family).toBe("Noto Sans Thai");
    const error = await failure({ text: "Kiln 日本" }, thai);
    expect(error.code).toBe("glyph_missing");
    expect(error.message).toContain("Noto Sans Thai has no outlines for 日 (U+65E5), 本 (U+672C)");
  });

  // Drawn for this test: A is a square of 0.6 em with a hole of 0.4 em, B a quarter of an ellipse, the emoji is empty.
  const postScriptFont = () => readFile(new URL("../../../../../fixtures/text/two-shapes.otf", import.meta.url));

  it("draws an uploaded OpenType font with PostScript outlines, holes and all", async () => {
    const { drawing, report } = await lay({ text: "A", sizeMm: 10 }, await postScriptFont());
    expect(report.font).toEqual({ family: "Two Shapes", version: "1.5" });
    expect(drawing.shapes[0]?.contours.map(signedArea)).toEqual([expect.closeTo(36, 6), expect.closeTo(-16, 6)]);
  });

  it("takes a character that is in the font but has no outline for missing", async () => {
    const error = await failure({ text: "A\u{1f600}" }, await postScriptFont());
    expect(error.code).toBe("glyph_missing");
    expect(error.message).toContain("Emoji");
  });

  it("refuses a damaged uploaded font within a second", async () => {
    const font = await readBundledFont("cjk");
    const before = performance.now();
    expect((await failure({}, font.slice(0, 5_000_000))).code).toBe("input_invalid");
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it("survives fonts with random damage: each is drawn or refused with a public code", async () => {
    const font = await readBundledFont("arabic");
    let seed = 1;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    for (let round = 0; round < 40; round++) {
      const damaged = new Uint8Array(font);
      for (let i = 0; i < 50 + round * 50; i++)
        damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256);
      const outcome = await lay({ text: "\u0645\u0631\u062d\u0628\u0627" }, damaged).then(
        () => "drawn",
        (error: { code?: string }) => error.code,
      );
      expect(["drawn", "input_invalid", "glyph_missing", "nothing_to_draw"]).toContain(outcome);
    }
  });

  it("refuses a text of invisible characters only", async () => {
    expect((await failure({ text: "\u200b\u00ad" })).code).toBe("nothing_to_draw");
    expect((await failure({ text: "\u200e" })).code).toBe("nothing_to_draw");
  });

  it("does not tear joined letters apart with spacing, and says so", async () => {
    const text = "\u0645\u0631\u062d\u0628\u0627";
    const [tight, spaced] = await Promise.all([lay({ text }), lay({ text, letterSpacing: 1 })]);
    expect(spaced.report.textWidthMm).toBe(tight.report.textWidthMm);
    expect(spaced.drawing.warnings).toContainEqual(expect.stringContaining("join"));
  });

  it("bends joined letters with the arc, so that they stay joined", async () => {
    const text = "\u0633\u0633\u0633\u0633\u0633\u0633";
    const straight = (await lay({ text })).drawing.shapes[0]?.contours ?? [];
    const bent = (await lay({ text, curveMm: 30 })).drawing.shapes[0]?.contours ?? [];
    expect(bent).toHaveLength(straight.length);
    expect(bent.flat().length).toBeGreaterThan(straight.flat().length);
    // An upright stays in place while its letter bends: the ink of a baseline stroke hardly changes.
    const ink = (contours: typeof bent) => contours.reduce((sum, contour) => sum + signedArea(contour), 0);
    expect(ink(bent) / ink(straight)).toBeGreaterThan(0.95);
    expect(ink(bent) / ink(straight)).toBeLessThan(1.35);
  });

  it("sets 500 characters of Chinese in less than two seconds", async () => {
    const text = Array.from({ length: 500 }, (_, i) => (i % 25 === 24 ? "\n" : String.fromCodePoint(0x4e00 + i))).join(
      "",
    );
    const before = performance.now();
    expect((await lay({ text, font: "cjk" })).report.lines).toBe(20);
    expect(performance.now() - before).toBeLessThan(2000);
  });
});
