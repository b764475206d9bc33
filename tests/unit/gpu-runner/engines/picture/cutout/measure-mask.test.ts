/** What is said of a mask. */
import { expect, test } from "vitest";
import { measureMask } from "../../../../../../gpu-runner/engines/picture/cutout/measure-mask.ts";

/** A mask from rows of text: "#" subject, "+" half, "." nothing. */
function draw(...rows: string[]): [Uint8Array, number, number] {
  const levels: Record<string, number> = { "#": 255, "+": 127, ",": 5, ".": 0 };
  const text = rows.join("");
  return [Uint8Array.from(text, (char) => levels[char] ?? 0), rows[0]?.length ?? 0, rows.length];
}

test("coverage counts half-transparent pixels by half, and the box holds what is seen", () => {
  const { coverage, box } = measureMask(...draw("......", "..##+.", "..##..", ".,...."));
  expect(coverage).toBeCloseTo((4 + 0.5) / 24, 2);
  expect(box).toEqual({ left: 2, top: 1, width: 3, height: 2 });
});

test("an empty mask has no box and no pieces", () => {
  expect(measureMask(...draw("....", "...."))).toEqual({ coverage: 0, pieces: 0, box: null });
});

test("parts that touch at a corner only are two pieces; a mask around the edge of a row is not one with the next row", () => {
  expect(measureMask(...draw("#.", ".#")).pieces).toBe(2);
  expect(measureMask(...draw("..#", "#..")).pieces).toBe(2);
  expect(measureMask(...draw("###", "#.#", "###")).pieces).toBe(1);
});

test("specks that are too small to matter are no pieces", () => {
  const width = 200;
  const mask = new Uint8Array(width * width);
  for (let y = 0; y < 100; y++) mask.fill(255, y * width, y * width + 100);
  mask[150 * width + 150] = 255;
  expect(measureMask(mask, width, width).pieces).toBe(1);
});
