/** Solids are closed, exactly sized, and hold the volume that geometry says. */
import { describe, expect, test } from "vitest";
import { type BuiltSolid, buildSolid } from "../../../../../gpu-runner/engines/solid/build/build-solid.ts";
import { findLeak, sizeOf, volume } from "../../../../../gpu-runner/engines/solid/build/mesh.ts";
import type { BuildParams } from "../../../../../gpu-runner/engines/solid/build-params.ts";
import type { Contour, Drawing } from "../../../../../gpu-runner/engines/solid/drawing.ts";
import { readSvg } from "../../../../../gpu-runner/engines/solid/svg/read-svg.ts";
import { svg } from "./drawing-facts.ts";

const DEFAULTS: BuildParams = {
  widthMm: 80,
  depthMm: 4,
  bevelMm: 0,
  bevelSegments: 3,
  basePlate: "none",
  basePlateDepthMm: 2,
  basePlateMarginMm: 4,
  basePlateColor: "#d9d9d9",
  layering: "flat",
};

function build(drawing: Drawing | string, params: Partial<BuildParams> = {}): BuiltSolid {
  const built = buildSolid(typeof drawing === "string" ? readSvg(svg(drawing)) : drawing, { ...DEFAULTS, ...params });
  for (const mesh of [built.body, ...built.parts.map((part) => part.mesh)]) expect(findLeak(mesh)).toBeNull();
  return built;
}

const near = (found: number, wanted: number, tolerance = 1e-3) =>
  expect(Math.abs(found / wanted - 1), `${found} instead of ${wanted}`).toBeLessThan(tolerance);

const SQUARE = '<rect x="10" y="10" width="80" height="40" fill="#c00"/>';
const RING =
  '<path fill="#c00" fill-rule="evenodd" d="M50 10A40 40 0 1 0 50 90 40 40 0 1 0 50 10ZM50 30A20 20 0 1 1 50 70 20 20 0 1 1 50 30Z"/>';
const TWO = '<rect width="80" height="40" fill="#c00"/><rect x="20" y="10" width="20" height="20" fill="#00c"/>';

describe("size", () => {
  test("the width is exact and the rest keeps its proportion", () => {
    const { body } = build(SQUARE, { widthMm: 37.5 });
    const [x, y, z] = sizeOf(body);
    near(x, 37.5, 1e-6);
    near(y, 18.75, 1e-6);
    near(z, 4, 1e-6);
    near(volume(body), 37.5 * 18.75 * 4, 1e-4);
  });

  test.each(["rounded", "outline"] as const)("the width counts a %s base plate", (basePlate) => {
    const { body, parts } = build(RING, { basePlate, basePlateMarginMm: 7, basePlateDepthMm: 3 });
    const [x, , z] = sizeOf(body);
    near(x, 80, 1e-6);
    near(z, 7, 1e-6);
    near(sizeOf(parts[1]!.mesh)[0], 66, 1e-4);
    expect(parts[0]).toMatchObject({ name: "Base plate", color: "#d9d9d9" });
  });

  test("a base plate is a disc without a hole under a ring, or a rounded square", () => {
    const outline = build(RING, { basePlate: "outline" });
    near(volume(outline.parts[0]!.mesh), Math.PI * 40 ** 2 * 2);
    const rounded = build(RING, { basePlate: "rounded" });
    // Corners of radius 8 mm, twice the margin.
    near(volume(rounded.parts[0]!.mesh), (80 * 80 - (4 - Math.PI) * 64) * 2);
  });

  test("a margin that leaves no room says which parameter to change", () => {
    expect(() => build(SQUARE, { widthMm: 8, basePlate: "outline" })).toThrow(/basePlateMarginMm/);
  });

  test("a drawing with its own scale is not scaled to a width", () => {
    const contour: Contour = [
      [0, 0],
      [10, 0],
      [10, 5],
      [0, 5],
    ];
    const { body } = build(
      { shapes: [{ color: "#000000", contours: [contour] }], mmPerUnit: 2, warnings: [] },
      { widthMm: null },
    );
    near(sizeOf(body)[0], 20, 1e-6);
  });

  test("it lies centred on the plane z = 0", () => {
    const { positions } = build(SQUARE).body;
    const z = positions.filter((_, i) => i % 3 === 2);
    const x = positions.filter((_, i) => i % 3 === 0);
    expect(Math.min(...z)).toBe(0);
    near(Math.max(...x), -Math.min(...x), 1e-5);
  });
});

describe("holes and touching shapes", () => {
  test("a hole goes through", () => {
    near(volume(build(RING).body), Math.PI * (40 ** 2 - 20 ** 2) * 4, 2e-3);
  });

  test("shapes that touch in one point stay watertight", () => {
    const checkers = Array.from({ length: 64 }, (_, i) =>
      (i + (i >> 3)) % 2 ? "" : `<rect x="${(i % 8) * 10}" y="${(i >> 3) * 10}" width="10" height="10"/>`,
    ).join("");
    near(volume(build(checkers).body), (80 * 80 * 4) / 2);
    build(checkers, { bevelMm: 1 });
  });

  test("a hole that touches the rim in one point stays watertight", () => {
    build('<path fill-rule="evenodd" d="M10 10H90V90H10ZM10 50L50 30L90 50L50 70Z"/>', { bevelMm: 2 });
  });

  test("a contour that crosses itself stays watertight", () => {
    build('<path d="M50 5L79 95L2 39H98L21 95Z"/>', { bevelMm: 1 });
    build('<path fill-rule="evenodd" d="M50 5L79 95L2 39H98L21 95Z"/>', { bevelMm: 1 });
  });

  test("a hairline between shapes that were meant to touch is closed in the body", () => {
    const { body } = build(
      '<rect width="40" height="40" fill="#f00"/><rect x="40.004" width="40" height="40" fill="#00f"/>',
    );
    near(volume(body), 80 * 40 * 4, 1e-3);
    expect(body.triangles).toHaveLength(12 * 3);
  });
});

describe("bevel", () => {
  test("a chamfer of a rectangle takes away its exact volume", () => {
    const [w, h, d, b] = [80, 40, 4, 2];
    const { body } = build(SQUARE, { bevelMm: b, bevelSegments: 1 });
    const top = (w - 2 * b) * (h - 2 * b);
    const frustum = (b / 6) * (w * h + 4 * (w - b) * (h - b) + top);
    near(volume(body), w * h * (d - b) + frustum, 1e-4);
  });

  test("more segments come nearer to a quarter circle from inside", () => {
    const volumes = [1, 2, 4, 16].map((bevelSegments) => volume(build(RING, { bevelMm: 2, bevelSegments }).body));
    expect(volumes).toEqual([...volumes].sort((a, b) => a - b));
    // Pappus: what a quarter round of radius b takes from an edge has area b²(1 − π/4), along both rims.
    const taken = 4 * (1 - Math.PI / 4) * 2 * Math.PI * (40 + 20);
    near(volumes[3]!, Math.PI * (40 ** 2 - 20 ** 2) * 4 - taken, 3e-3);
  });

  test("the depth stays exact when limbs are thinner than the bevel", () => {
    const { body, warnings } = build('<path d="M0 0H80V10H44V80H36V10H0Z"/>', { bevelMm: 30, depthMm: 40 });
    near(sizeOf(body)[2], 40, 1e-6);
    expect(warnings.join()).toMatch(/too thin for a bevel/);
  });

  test("a bevel deeper than the solid is limited", () => {
    near(sizeOf(build(SQUARE, { bevelMm: 50 }).body)[2], 4, 1e-6);
  });

  test("limbs that end on the way up leave no hole", () => {
    build('<path d="M0 0H80V4H50V60H46V10H30V40H20V4H0Z"/>', { bevelMm: 4, bevelSegments: 8, depthMm: 10 });
  });
});

describe("colours", () => {
  test("each colour is a closed part of its own, and the body is one", () => {
    const { parts, body } = build(TWO);
    expect(parts.map((part) => part.color)).toEqual(["#cc0000", "#0000cc"]);
    near(volume(parts[1]!.mesh), 20 * 20 * 4);
    near(volume(body), 80 * 40 * 4);
  });

  test("stacked colours stand a step above the one below, and share the depth", () => {
    const { parts, body } = build(TWO, { layering: "stacked", depthMm: 6 });
    expect(parts.map((part) => sizeOf(part.mesh)[2])).toEqual([3, 6]);
    near(volume(body), 80 * 40 * 3 + 20 * 20 * 3);
  });

  test("stacked and bevelled, the upper colour keeps its footprint on the lower one", () => {
    const { body } = build(TWO, { layering: "stacked", depthMm: 6, bevelMm: 1, bevelSegments: 4 });
    near(sizeOf(body)[2], 6, 1e-6);
    expect(volume(body)).toBeLessThan(80 * 40 * 3 + 20 * 20 * 3);
  });

  test("a colour override makes one part", () => {
    const { parts } = build(TWO, { color: "#ABC" });
    expect(parts.map((part) => part.color)).toEqual(["#aabbcc"]);
  });

  test("the same drawing gives the same bytes", () => {
    const [a, b] = [build(TWO, { bevelMm: 1 }), build(TWO, { bevelMm: 1 })];
    expect(Buffer.from(a.body.positions.buffer).equals(Buffer.from(b.body.positions.buffer))).toBe(true);
    expect(Buffer.from(a.body.triangles.buffer).equals(Buffer.from(b.body.triangles.buffer))).toBe(true);
  });
});
