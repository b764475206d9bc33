import { describe, expect, it } from "vitest";
import { flattenOutline, signedArea } from "../../../../../../gpu-runner/engines/solid/text/flatten.ts";

const square = (x: number, y: number, size: number) => [
  { type: "M", values: [x, y] },
  { type: "L", values: [x, y + size] },
  { type: "L", values: [x + size, y + size] },
  { type: "L", values: [x + size, y] },
  { type: "Z", values: [] },
];

/** The unit circle from four cubic curves, which miss it by 2.7e-4 (the usual 0.5523 construction). */
const k = 0.5522847498;
const circle = [
  { type: "M", values: [1, 0] },
  { type: "C", values: [1, k, k, 1, 0, 1] },
  { type: "C", values: [-k, 1, -1, k, -1, 0] },
  { type: "C", values: [-1, -k, -k, -1, 0, -1] },
  { type: "C", values: [k, -1, 1, -k, 1, 0] },
  { type: "Z", values: [] },
];

describe("flattenOutline", () => {
  it("turns a clockwise outline counter-clockwise, its hole the other way", () => {
    const hole = [
      { type: "M", values: [1, 1] },
      { type: "L", values: [2, 1] },
      { type: "L", values: [2, 2] },
      { type: "L", values: [1, 2] },
      { type: "Z", values: [] },
    ];
    expect(flattenOutline([...square(0, 0, 4), ...hole], 0.01).map(signedArea)).toEqual([16, -1]);
  });

  it("keeps every edge of a curve within the tolerance", () => {
    for (const tolerance of [0.01, 0.001]) {
      const [contour = []] = flattenOutline(circle, tolerance);
      for (const [i, [x, y]] of contour.entries()) {
        const [x1, y1] = contour[(i + 1) % contour.length] as [number, number];
        expect(Math.hypot(x, y)).toBeCloseTo(1, 3);
        expect(1 - Math.hypot((x + x1) / 2, (y + y1) / 2)).toBeLessThan(tolerance);
      }
    }
  });

  it("uses about √10 times the edges for a tenth of the tolerance, no more", () => {
    const coarse = flattenOutline(circle, 0.001)[0]?.length ?? 0;
    const fine = flattenOutline(circle, 0.0001)[0]?.length ?? 0;
    expect(fine / coarse).toBeGreaterThan(2.5);
    expect(fine / coarse).toBeLessThan(4);
  });

  it("goes through the middle of a quadratic curve", () => {
    const [contour = []] = flattenOutline(
      [
        { type: "M", values: [0, 0] },
        { type: "Q", values: [1, 2, 2, 0] },
        { type: "Z", values: [] },
      ],
      0.3,
    );
    expect(contour).toContainEqual([1, 1]);
  });

  it("leaves out contours without area and closes those whose end repeats their start", () => {
    const line = [
      { type: "M", values: [0, 0] },
      { type: "L", values: [1, 1] },
      { type: "Z", values: [] },
    ];
    const closed = square(0, 0, 1).toSpliced(4, 0, { type: "L", values: [0, 0] });
    expect(flattenOutline([...line, ...closed], 0.01)).toHaveLength(1);
    expect(flattenOutline(closed, 0.01)[0]).toHaveLength(4);
  });
});
