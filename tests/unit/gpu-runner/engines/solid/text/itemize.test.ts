import { beforeAll, describe, expect, it } from "vitest";
import { readBundledFont } from "../../../../../../gpu-runner/engines/solid/text/bundled-fonts.ts";
import { Font } from "../../../../../../gpu-runner/engines/solid/text/font.ts";
import { itemize } from "../../../../../../gpu-runner/engines/solid/text/itemize.ts";

let one: Font;
let other: Font;
beforeAll(async () => {
  one = new Font(await readBundledFont("mono"));
  other = new Font(await readBundledFont("hebrew"));
});

/** Items from left to right, as their text, an arrow for right-to-left, and their script. */
const items = (line: string, fontOf: (char: string) => Font = () => one) => {
  const graphemes = [...line.matchAll(/./gsu)].map(({ 0: char, index }) => ({
    start: index,
    end: index + char.length,
    font: fontOf(char),
  }));
  return itemize(line, graphemes).map(
    ({ start, end, rtl, script }) => `${rtl ? "←" : "→"}${line.slice(start, end)}:${script}`,
  );
};

describe("itemize", () => {
  it("keeps a line of one script together, with its spaces and punctuation", () => {
    expect(items("Hello, World! 3")).toEqual(["→Hello, World! 3:Latn"]);
  });

  it("puts right-to-left words in a left-to-right line where they are read", () => {
    expect(items("ab \u05d0\u05d1 cd")).toEqual(["→ab :Latn", "←\u05d0\u05d1:Hebr", "→ :Hebr", "→cd:Latn"]);
  });

  it("orders a right-to-left line from its right end, numbers still left to right", () => {
    expect(items("\u05d0\u05d1 12 \u05d2")).toEqual(["← \u05d2:Hebr", "→12:Hebr", "←\u05d0\u05d1 :Hebr"]);
  });

  it("takes right-to-left letters beyond U+FFFF for what they are", () => {
    expect(items("\u{1e900}\u{1e901}")).toEqual(["←\u{1e900}\u{1e901}:Adlm"]);
  });

  it("splits where the font changes", () => {
    expect(items("abc", (char) => (char === "b" ? other : one))).toEqual(["→a:Latn", "→b:Latn", "→c:Latn"]);
  });

  it("leaves a line without letters to HarfBuzz", () => {
    expect(items("12 %")).toEqual(["→12 %:null"]);
  });
});
