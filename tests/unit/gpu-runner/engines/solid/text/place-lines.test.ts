import { beforeAll, describe, expect, it } from "vitest";
import type { Contour } from "../../../../../../gpu-runner/engines/solid/drawing.ts";
import { signedArea } from "../../../../../../gpu-runner/engines/solid/text/flatten.ts";
import { FontSet } from "../../../../../../gpu-runner/engines/solid/text/font-set.ts";
import { type Placement, placeLines } from "../../../../../../gpu-runner/engines/solid/text/place-lines.ts";
import { assignFonts, type ShapedLine, shapeLine } from "../../../../../../gpu-runner/engines/solid/text/shape-line.ts";

let fonts: FontSet;
beforeAll(async () => {
  fonts = await FontSet.bundled("mono");
});

const set = async (text: string, letterSpacing = 0): Promise<ShapedLine[]> => {
  const lines = text.split("\n");
  const graphemes = await assignFonts(lines, fonts);
  return lines.map((line, i) => shapeLine(line, graphemes[i] ?? [], letterSpacing));
};
const placement = (changes: Partial<Placement> = {}): Placement => ({
  sizeMm: 10,
  align: "center",
  lineSpacing: 1.2,
  curveMm: 0,
  ...changes,
});

const box = (contours: readonly Contour[]) => {
  const xs = contours.flat().map(([x]) => x);
  const ys = contours.flat().map(([, y]) => y);
  return { left: Math.min(...xs), right: Math.max(...xs), bottom: Math.min(...ys), top: Math.max(...ys) };
};
const middle = (contour: Contour): [number, number] => {
  const { left, right, bottom, top } = box([contour]);
  return [(left + right) / 2, (bottom + top) / 2];
};

describe("straight lines", () => {
  it("scale with the size: a letter twice as large has four times the area", async () => {
    const area = async (sizeMm: number) =>
      placeLines(await set("H"), placement({ sizeMm })).reduce((sum, c) => sum + signedArea(c), 0);
    expect((await area(40)) / (await area(20))).toBeCloseTo(4, 6);
  });

  it("stand a line spacing apart", async () => {
    for (const lineSpacing of [0.8, 1.2, 3]) {
      const [upper, lower] = placeLines(await set("H\nH"), placement({ lineSpacing }));
      expect(box([upper as Contour]).bottom - box([lower as Contour]).bottom).toBeCloseTo(lineSpacing * 10, 9);
    }
  });

  it("count empty lines", async () => {
    const [upper, lower] = placeLines(await set("H\n\nH"), placement());
    expect(box([upper as Contour]).bottom - box([lower as Contour]).bottom).toBeCloseTo(24, 9);
  });

  // The monospaced H is 6 mm wide at 10 mm; HHH is 18 mm.
  it.each([
    ["left", 0],
    ["center", 6],
    ["right", 12],
  ] as const)("align %s by their advance", async (align, shift) => {
    const [alone, ...three] = placeLines(await set("H\nHHH"), placement({ align }));
    expect(box([alone as Contour]).left - box([three[0] as Contour]).left).toBeCloseTo(shift, 9);
  });

  it("are centred on x = 0 as a block", async () => {
    for (const align of ["left", "center", "right"] as const) {
      const { left, right } = box(placeLines(await set("HHH\nH"), placement({ align })));
      expect(left + right).toBeCloseTo(0, 9);
    }
  });

  it("grow by exactly the letter spacing between letters, none at the ends", async () => {
    const widthAt = async (spacing: number) => {
      const { left, right } = box(placeLines(await set("HHHHH", spacing), placement()));
      return right - left;
    };
    expect((await widthAt(0.5)) - (await widthAt(0))).toBeCloseTo(4 * 0.5 * 10, 9);
    expect((await widthAt(-0.2)) - (await widthAt(0))).toBeCloseTo(4 * -0.2 * 10, 9);
  });

  it("has outer contours counter-clockwise and holes clockwise", async () => {
    expect(placeLines(await set("O"), placement()).map((c) => Math.sign(signedArea(c)))).toEqual([1, -1]);
  });
});

describe("lines on an arc", () => {
  // The hyphen of a monospaced font is a bar in the middle of its cell: its middle tells place and rotation.
  const height = async () => middle(placeLines(await set("-"), placement())[0] as Contour)[1];

  it("stand with every letter's middle at its radius, on the outside of the top", async () => {
    const y = await height();
    const middles = placeLines(await set("- - - - -"), placement({ curveMm: 30 })).map(middle);
    for (const [x0, y0] of middles) expect(Math.hypot(x0, y0 + 30)).toBeCloseTo(30 + y, 1);
    const [x, top] = middles[2] as [number, number];
    expect([x, top]).toEqual([expect.closeTo(0, 6), expect.closeTo(y, 6)]);
    expect(middles.map(([mx]) => mx)).toEqual(middles.map(([mx]) => mx).toSorted((a, b) => a - b));
  });

  it("hang inside the bottom of the circle for a negative radius, still from left to right", async () => {
    const y = await height();
    const middles = placeLines(await set("- - -"), placement({ curveMm: -30 })).map(middle);
    for (const [x0, y0] of middles) expect(Math.hypot(x0, y0 - 30)).toBeCloseTo(30 - y, 1);
    expect(middles[0]?.[0]).toBeLessThan(-5);
    expect(middles[0]?.[1]).toBeGreaterThan(middles[1]?.[1] ?? 0);
  });

  it("keep the letters' distance along the arc and their shape", async () => {
    const straight = placeLines(await set("H H"), placement());
    const bent = placeLines(await set("H H"), placement({ curveMm: 20 }));
    for (const [i, contour] of bent.entries())
      expect(signedArea(contour)).toBeCloseTo(signedArea(straight[i] as Contour), 6);
    // Two cells of 6 mm apart along a circle of 20 mm: an angle of 0.6 between the letters' uprights.
    const angle = (contour: Contour) =>
      Math.atan2((contour[1]?.[1] ?? 0) - (contour[0]?.[1] ?? 0), (contour[1]?.[0] ?? 0) - (contour[0]?.[0] ?? 0));
    const turn = angle(bent[0] as Contour) - angle(bent[1] as Contour);
    expect(Math.atan2(Math.sin(turn), Math.cos(turn))).toBeCloseTo(0.6, 6);
  });

  it("stand with the last line on the wanted circle, those above it further out", async () => {
    const y = await height();
    const [upper, lower] = placeLines(await set("-\n-"), placement({ curveMm: 30 })).map(middle);
    expect(lower?.[1]).toBeCloseTo(y, 6);
    expect(upper?.[1]).toBeCloseTo(y + 12, 6);
    const hanging = placeLines(await set("-\n-"), placement({ curveMm: -30 })).map(middle);
    expect((hanging[0]?.[1] ?? 0) - (hanging[1]?.[1] ?? 0)).toBeCloseTo(12, 6);
  });

  it("start at one angle when aligned left", async () => {
    const [upper, lower] = placeLines(await set("-\n-----"), placement({ curveMm: 30, align: "left" })).map(middle);
    const angle = (point?: [number, number]) => Math.atan2(point?.[0] ?? 0, (point?.[1] ?? 0) + 30);
    // Half a cell of 6 mm lies between a line's start and the middle of its first hyphen.
    expect(angle(upper) - 3 / 42).toBeCloseTo(angle(lower) - 3 / 30, 2);
  });

  it("are refused when they are longer than the circle, with the smallest radius that fits", async () => {
    // 20 letters of 6 mm: 120 mm / 2π = 19.099 mm.
    const line = await set("H".repeat(20));
    expect(() => placeLines(line, placement({ curveMm: 19 }))).toThrow(
      expect.objectContaining({
        code: "input_invalid",
        message: expect.stringContaining("Set curveMm to 19.1 or more"),
      }),
    );
    expect(() => placeLines(line, placement({ curveMm: -19 }))).toThrow(/Set curveMm to -19.1 or less/);
    expect(placeLines(line, placement({ curveMm: 19.1 }))).toHaveLength(20);
  });

  it("need an em of room inside the circle for their uppermost line", async () => {
    const lines = await set("H\nH");
    expect(() => placeLines(lines, placement({ curveMm: -21 }))).toThrow(/Set curveMm to -22 or less/);
    expect(placeLines(lines, placement({ curveMm: -22 }))).toHaveLength(2);
  });
});
