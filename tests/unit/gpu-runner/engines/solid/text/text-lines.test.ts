import { describe, expect, it } from "vitest";
import { nameCharacters, textLines } from "../../../../../../gpu-runner/engines/solid/text/text-lines.ts";

describe("textLines", () => {
  it("splits at every kind of line break and keeps empty lines between others", () => {
    expect(textLines("a\r\nb\rc\n\nd\u2028e\u0085f")).toEqual(["a", "b", "c", "", "d", "e", "f"]);
  });

  it("turns tabs into four spaces and drops spaces at line ends, not at line starts", () => {
    expect(textLines("\tx  \n  y\t")).toEqual(["    x", "  y"]);
  });

  it("drops empty lines at both ends and invisible break opportunities", () => {
    expect(textLines("\n\n\ufeffa\u200bb\u00adc\n \n")).toEqual(["abc"]);
  });

  it("keeps the joiners that shaping needs", () => {
    expect(textLines("\u0644\u200d \u0915\u200c")).toEqual(["\u0644\u200d \u0915\u200c"]);
  });

  it("refuses control characters and lone surrogates, naming each once", () => {
    expect(() => textLines("a\u0007b\u0007")).toThrow(
      expect.objectContaining({ code: "input_invalid", message: expect.stringContaining("U+0007") }),
    );
    expect(() => textLines("a\ud800b")).toThrow(/U\+D800/);
  });
});

describe("nameCharacters", () => {
  it("shows a character with its code points, and an invisible one by code points only", () => {
    expect(nameCharacters(["日", "e\u0301", "\u200d"])).toBe("日 (U+65E5), e\u0301 (U+0065 U+0301), U+200D");
  });

  it("names ten and counts the rest", () => {
    expect(nameCharacters([..."abcdefghijkl"])).toMatch(/j \(U\+006A\) and 2 more$/);
  });
});
