/** The sketch of a text before it is made. */
import { expect, test } from "vitest";
import { toSketch } from "../../../../pages/src/features/text/text-sketch.ts";

const VALUES = {
  text: "Kiln",
  font: "serif",
  sizeMm: "20",
  depthMm: "4",
  align: "left",
  letterSpacing: "0",
  lineSpacing: "1.2",
  color: "#ff8800",
};
const sizeOf = (values: Record<string, string>) =>
  Number(/min\(([\d.]+)cqw/.exec(toSketch({ ...VALUES, ...values }, null).style.fontSize ?? "")?.[1]);

test("the sketch has the text's colour, alignment and a font of the same kind", () => {
  const { text, style } = toSketch(VALUES, null);
  expect(text).toBe("Kiln");
  expect(style).toMatchObject({ color: "#ff8800", textAlign: "left", lineHeight: "1.2" });
  expect(style.fontFamily).toContain("serif");
});

test("an uploaded font takes the bundled one's place", () => {
  expect(toSketch(VALUES, "kiln-upload").style.fontFamily).toBe("kiln-upload");
});

test("longer lines and wider spacing make smaller letters, so that the text stays on the stage", () => {
  expect(sizeOf({ text: "a long line of text" })).toBeLessThan(sizeOf({}));
  expect(sizeOf({ text: "lettering", letterSpacing: "2" })).toBeLessThan(sizeOf({ text: "lettering" }));
});

test("a value that is being typed does not break the sketch", () => {
  const { style } = toSketch({ ...VALUES, sizeMm: "", depthMm: "-", lineSpacing: "x", color: "#f" }, null);
  expect(JSON.stringify(style)).not.toContain("NaN");
});
