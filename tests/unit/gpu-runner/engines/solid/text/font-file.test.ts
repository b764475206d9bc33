import { beforeAll, describe, expect, it } from "vitest";
import { MAX_FONT_BYTES } from "#contract/limits.ts";
import { readBundledFont } from "../../../../../../gpu-runner/engines/solid/text/bundled-fonts.ts";
import { checkFontFile } from "../../../../../../gpu-runner/engines/solid/text/font-file.ts";

let mono: Uint8Array;
beforeAll(async () => {
  mono = await readBundledFont("mono");
});

const refusal = (bytes: Uint8Array): { code: string; message: string } => {
  try {
    checkFontFile(bytes);
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error("was accepted");
};

/** A copy of the font with one change. */
const changed = (change: (view: DataView, bytes: Uint8Array) => void): Uint8Array => {
  const bytes = new Uint8Array(mono);
  change(new DataView(bytes.buffer), bytes);
  return bytes;
};

const tableAt = (view: DataView, tag: string): { record: number; offset: number } => {
  for (let at = 12; at < 12 + 16 * view.getUint16(4); at += 16) {
    const name = String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
    if (name === tag) return { record: at, offset: view.getUint32(at + 8) };
  }
  throw new Error(`no table ${tag}`);
};

describe("checkFontFile", () => {
  it("accepts a TrueType font without a word", () => {
    expect(checkFontFile(mono)).toEqual([]);
  });

  it("refuses an empty file", () => {
    expect(refusal(new Uint8Array()).code).toBe("input_empty");
  });

  it("refuses a file over the limit without reading it", () => {
    expect(refusal(new Uint8Array(MAX_FONT_BYTES + 1)).code).toBe("input_too_large");
  });

  it("refuses what is not a font", () => {
    expect(refusal(new TextEncoder().encode("<svg xmlns='http://www.w3.org/2000/svg'/>"))).toMatchObject({
      code: "input_invalid",
      message: expect.stringContaining("not a TTF or OTF"),
    });
  });

  it.each([
    ["wOFF", "(WOFF)"],
    ["wOF2", "(WOFF2)"],
    ["%!PS", "Type 1"],
  ])("tells what to do with a %s file", (signature, name) => {
    const bytes = changed((_, all) => all.set(new TextEncoder().encode(signature)));
    expect(refusal(bytes).message).toContain(name);
    expect(refusal(bytes).message).toContain("Convert");
  });

  it("refuses a font cut off anywhere before its end", () => {
    for (const share of [0.0001, 0.001, 0.01, 0.5, 0.99]) {
      const cut = refusal(mono.slice(0, Math.floor(mono.length * share)));
      expect(cut.code).toBe("input_invalid");
    }
    expect(refusal(mono.slice(0, mono.length / 2)).message).toContain("beyond the end");
  });

  it("refuses a font without a table it needs, naming the table", () => {
    const bytes = changed((view, all) => all.set([0x78, 0x78, 0x78, 0x78], tableAt(view, "cmap").record));
    expect(refusal(bytes).message).toContain("'cmap'");
  });

  it("refuses a font of pictures without outlines", () => {
    const bytes = changed((view, all) => all.set(new TextEncoder().encode("CBDT"), tableAt(view, "glyf").record));
    expect(refusal(bytes).message).toContain("pictures");
  });

  it("refuses an em of no units", () => {
    const bytes = changed((view) => view.setUint16(tableAt(view, "head").offset + 18, 0));
    expect(refusal(bytes).message).toContain("em is 0 units");
  });

  it("uses the first font of a collection and says so", () => {
    const header = 16;
    const collection = new Uint8Array(header + mono.length);
    const view = new DataView(collection.buffer);
    collection.set(new TextEncoder().encode("ttcf"));
    view.setUint32(4, 0x00010000);
    view.setUint32(8, 1);
    view.setUint32(12, header);
    collection.set(mono, header);
    for (let at = header + 12; at < header + 12 + 16 * view.getUint16(header + 4); at += 16)
      view.setUint32(at + 8, view.getUint32(at + 8) + header);
    expect(checkFontFile(collection)).toEqual([expect.stringContaining("collection")]);
    expect(refusal(collection.slice(0, 14)).code).toBe("input_invalid");
  });

  it("warns when the maker restricts embedding", () => {
    const bytes = changed((view) => view.setUint16(tableAt(view, "OS/2").offset + 8, 2));
    expect(checkFontFile(bytes)).toEqual([expect.stringContaining("licence")]);
  });
});
