/** A pasted address as an input. */
import { expect, test } from "vitest";
import { toRequested } from "../../../../pages/src/features/compose/draft.ts";
import { checkLink, looksLikeLink } from "../../../../pages/src/features/inputs/link-input.ts";

const PICTURES = { extensions: [".png", ".jpg", ".jpeg"] };
const problemOf = (text: string) => checkLink(text, PICTURES).problem;

test("a link becomes an input that is fetched by the runner, never sent", () => {
  const { input } = checkLink(" https://example.com/a/fox%20one.png?size=2 ", PICTURES);
  expect(input).toMatchObject({ filename: "fox one.png", type: "image/png", bytes: 0, file: null, upload: null });
  expect(input && toRequested(input, new Map())).toEqual({ url: "https://example.com/a/fox%20one.png?size=2" });
});

test("of an address without a known ending nobody can tell what it leads to: it is taken", () => {
  expect(checkLink("https://example.com/", PICTURES).input?.filename).toBe("example.com");
  expect(checkLink("https://example.com/download", PICTURES).input?.type).toBe("application/octet-stream");
});

test.each([
  ["", /Paste a link/],
  ["fox.png", /begins with https/],
  ["http://example.com/fox.png", /begins with https/],
  ["https://me:secret@example.com/fox.png", /user name or password/],
  ["https://example.com:8443/fox.png", /port/],
  ["https://localhost/fox.png", /on the internet/],
  [`https://example.com/${"x".repeat(2_048)}`, /2048 characters/],
  ["https://example.com/clip.mp4", /clip\.mp4 can't be taken. Paste a link to a PNG or JPG/],
])("%s is refused with what to do", (text, words) => {
  expect(problemOf(text)).toMatch(words);
});

test("a link to a font, or to a background, is a file with a part of its own", () => {
  const fonts = { extensions: [".ttf", ".otf"] };
  expect(checkLink("https://example.com/Own.ttf", fonts).input).toMatchObject({ type: "font/ttf", role: null });
  expect(checkLink("https://example.com/fox.png", fonts).problem).toMatch(/Paste a link to a TTF or OTF/);
  expect(problemOf("https://example.com/Own.otf")).toMatch(/can't be taken/);
  const { input } = checkLink("https://example.com/sea.jpg", PICTURES, "background");
  expect(input && toRequested(input, new Map())).toEqual({ url: "https://example.com/sea.jpg", role: "background" });
});

test("a pasted text is taken for a link only when it is nothing else", () => {
  expect(looksLikeLink(" https://example.com/a.png\n")).toBe(true);
  expect(["see https://example.com", "https://a b", "example.com"].map(looksLikeLink)).toEqual([false, false, false]);
});
