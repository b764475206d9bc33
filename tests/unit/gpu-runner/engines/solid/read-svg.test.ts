/** What an SVG's drawing features become: measured as areas per colour, in a view box of 100 × 100. */
import { describe, expect, test } from "vitest";
import { readSvg } from "../../../../../gpu-runner/engines/solid/svg/read-svg.ts";
import { areas, boxOf, svg } from "./drawing-facts.ts";

/** Areas are exact to the grid and to how finely curves are flattened. */
const expectAreas = (found: Record<string, number>, wanted: Record<string, number>) => {
  expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort());
  for (const [color, area] of Object.entries(wanted))
    expect(Math.abs(found[color]! / area - 1), `${color}: ${found[color]}`).toBeLessThan(2e-3);
};

describe("fills", () => {
  const rings = "M0 0H60V60H0ZM20 20H40V40H20Z";

  test("an even-odd fill has a hole whatever the direction of its contours", () => {
    expectAreas(areas(`<path fill="#f00" fill-rule="evenodd" d="${rings}"/>`), { "#ff0000": 3200 });
  });

  test("a non-zero fill of contours in one direction has no hole", () => {
    expectAreas(areas(`<path fill="#f00" d="${rings}"/>`), { "#ff0000": 3600 });
  });

  test("a non-zero fill has a hole where the inner contour runs the other way", () => {
    expectAreas(areas('<path fill="#f00" d="M0 0H60V60H0ZM20 20V40H40V20Z"/>'), { "#ff0000": 3200 });
  });

  test("curves keep their area", () => {
    expectAreas(areas('<circle cx="50" cy="50" r="40" fill="#00f"/>'), { "#0000ff": Math.PI * 1600 });
  });

  test("a later shape hides what it covers", () => {
    expectAreas(areas('<rect width="50" height="50" fill="#f00"/><rect width="25" height="50" fill="#0f0"/>'), {
      "#ff0000": 1250,
      "#00ff00": 1250,
    });
  });

  test("shapes of one colour are one shape", () => {
    expectAreas(areas('<rect width="50" height="50" fill="#f00"/><rect x="25" width="50" height="50" fill="red"/>'), {
      "#ff0000": 3750,
    });
  });
});

describe("structure", () => {
  test("nested transforms multiply", () => {
    const body =
      '<g transform="translate(10 10) scale(2)"><g transform="rotate(90 10 10)"><rect width="10" height="20" transform="skewX(30)"/></g></g>';
    expectAreas(areas(body), { "#000000": 800 });
  });

  test("y points up in a drawing", () => {
    expect(boxOf(readSvg(svg('<rect x="10" y="20" width="30" height="40"/>')))).toEqual({
      minX: 10,
      maxX: 40,
      minY: -60,
      maxY: -20,
    });
  });

  test("use draws an element once more, at its place", () => {
    const drawing = readSvg(
      svg(
        '<defs><rect id="a" width="10" height="10"/></defs><use href="#a" x="20"/><use xlink:href="#a" x="50" y="30"/>',
      ),
    );
    expect(boxOf(drawing)).toEqual({ minX: 20, maxX: 60, minY: -40, maxY: 0 });
    expect(drawing.shapes[0]?.contours).toHaveLength(2);
  });

  test("CSS classes, style attributes and inherited attributes paint", () => {
    const body = `<style>.a{fill:#0f0} rect.b{fill:#00f}</style><rect class="a" width="10" height="10"/><rect class="b" x="20" width="10" height="10"/>
      <rect x="40" width="10" height="10" style="fill:#f0f"/><g fill="#ff0"><rect x="60" width="10" height="10"/></g>`;
    expectAreas(areas(body), { "#00ff00": 100, "#0000ff": 100, "#ff00ff": 100, "#ffff00": 100 });
  });

  test("what lies outside the view box is cut off", () => {
    expectAreas(areas('<rect x="-50" y="50" width="300" height="300" fill="#f00"/>'), { "#ff0000": 5000 });
  });

  test("preserveAspectRatio none squeezes", () => {
    const attributes = 'viewBox="0 0 100 100" width="200" height="50" preserveAspectRatio="none"';
    expectAreas(areas('<rect width="50" height="50" fill="#f00"/>', attributes), { "#ff0000": 2500 });
    expect(boxOf(readSvg(svg('<rect width="50" height="50"/>', attributes)))).toMatchObject({ maxX: 100, minY: -25 });
  });
});

describe("strokes", () => {
  const line = (more: string, d = "M20 50H60") =>
    areas(`<path fill="none" stroke="#f00" stroke-width="10" ${more} d="${d}"/>`);

  test("a butt cap ends where the line ends", () => expectAreas(line(""), { "#ff0000": 400 }));
  test("a square cap is longer by half the width at each end", () =>
    expectAreas(line('stroke-linecap="square"'), { "#ff0000": 500 }));
  test("a round cap adds a half disc at each end", () =>
    expectAreas(line('stroke-linecap="round"'), { "#ff0000": 400 + Math.PI * 25 }));

  test("a mitre join fills the corner, a bevel cuts it, a round one rounds it", () => {
    const corner = "M20 60V20H60";
    // Two legs of 40 × 10 that share a 5 × 5 square; the outer corner is a square of 5 × 5.
    expectAreas(line("", corner), { "#ff0000": 800 - 25 + 25 });
    expectAreas(line('stroke-linejoin="bevel"', corner), { "#ff0000": 800 - 25 + 12.5 });
    expectAreas(line('stroke-linejoin="round"', corner), { "#ff0000": 800 - 25 + (Math.PI * 25) / 4 });
  });

  test("a mitre longer than its limit becomes a bevel", () => {
    expectAreas(line('stroke-miterlimit="1.2"', "M20 60V20H60"), line('stroke-linejoin="bevel"', "M20 60V20H60"));
  });

  test("a closed contour has a join where it closes", () => {
    expectAreas(areas('<rect x="20" y="20" width="40" height="40" fill="none" stroke="#f00" stroke-width="10"/>'), {
      "#ff0000": 50 * 50 - 30 * 30,
    });
  });

  test("dashes, and where they begin", () => {
    expectAreas(line('stroke-dasharray="10 5"'), { "#ff0000": 3 * 100 - 0 });
    expectAreas(line('stroke-dasharray="10 5" stroke-dashoffset="5"'), { "#ff0000": 50 + 100 + 100 + 0 });
  });

  test("a transform that squeezes also squeezes the stroke", () => {
    const body =
      '<g transform="scale(1 .5)"><rect x="20" y="20" width="40" height="40" fill="none" stroke="#f00" stroke-width="10"/></g>';
    expectAreas(areas(body), { "#ff0000": (50 * 50 - 30 * 30) / 2 });
  });

  test("a stroke lies on its fill, or below it if asked", () => {
    const rect = (order: string) =>
      areas(`<rect x="20" y="20" width="40" height="40" fill="#00f" stroke="#f00" stroke-width="10" ${order}/>`);
    expectAreas(rect(""), { "#0000ff": 900, "#ff0000": 1600 });
    expectAreas(rect('paint-order="stroke"'), { "#0000ff": 1600, "#ff0000": 900 });
  });

  test("a dot without length is drawn by its cap", () => {
    expectAreas(line('stroke-linecap="round"', "M50 50h0"), { "#ff0000": Math.PI * 25 });
  });
});

describe("paint", () => {
  test("a linear gradient becomes its mean", () => {
    const body =
      '<linearGradient id="g"><stop offset="0" stop-color="#f00"/><stop offset="1" stop-color="#00f"/></linearGradient><rect width="50" height="50" fill="url(#g)"/>';
    expectAreas(areas(body), { "#800080": 2500 });
  });

  test("stops weigh by the length they paint", () => {
    const body =
      '<radialGradient id="g"><stop offset=".2" stop-color="#fff"/><stop offset=".2" stop-color="#000"/></radialGradient><rect width="50" height="50" fill="url(#g)"/>';
    expectAreas(areas(body), { "#333333": 2500 });
    const late =
      '<linearGradient id="g"><stop offset=".8" stop-color="#000"/><stop offset="1" stop-color="#fff"/></linearGradient><rect width="50" height="50" fill="url(#g)"/>';
    expectAreas(areas(late), { "#191919": 2500 });
  });

  test("a gradient takes its stops from the one it refers to", () => {
    const body =
      '<linearGradient id="a"><stop stop-color="#0f0"/></linearGradient><linearGradient id="b" xlink:href="#a" x2="0"/><rect width="50" height="50" fill="url(#b)"/>';
    expectAreas(areas(body), { "#00ff00": 2500 });
  });

  test("opacity 0 draws nothing, on a shape, a fill or a group", () => {
    const hidden =
      '<rect width="90" height="90" opacity="0"/><rect width="90" height="90" fill-opacity="0"/><g opacity="0"><rect width="90" height="90"/></g><rect width="90" height="90" display="none"/><rect width="90" height="90" visibility="hidden"/>';
    expectAreas(areas(`<rect width="10" height="10" fill="#f00"/>${hidden}`), { "#ff0000": 100 });
  });

  test("translucent paint mixes with what is below and with white where nothing is", () => {
    const body =
      '<rect width="50" height="50" fill="#f00"/><rect x="25" width="50" height="50" fill="#00f" opacity=".5"/>';
    expectAreas(areas(body), { "#ff0000": 1250, "#800080": 1250, "#8080ff": 1250 });
  });

  test("a group's opacity counts once, not per shape", () => {
    const body =
      '<g opacity=".5"><rect width="50" height="50" fill="#f00"/><rect x="25" width="50" height="50" fill="#f00"/></g>';
    expectAreas(areas(body), { "#ff8080": 3750 });
  });
});

describe("clips and masks", () => {
  test("a clip path cuts, with its own rule and transform", () => {
    const body =
      '<clipPath id="c" transform="translate(10 0)"><path clip-rule="evenodd" d="M0 0H40V40H0ZM10 10H20V20H10Z"/></clipPath><rect width="100" height="100" fill="#f00" clip-path="url(#c)"/>';
    expectAreas(areas(body), { "#ff0000": 1500 });
  });

  test("a clip path in units of the bounding box", () => {
    const body =
      '<clipPath id="c" clipPathUnits="objectBoundingBox"><rect width=".5" height="1"/></clipPath><rect x="20" y="20" width="40" height="40" fill="#f00" clip-path="url(#c)"/>';
    expectAreas(areas(body), { "#ff0000": 800 });
  });

  test("a clip path that is itself clipped", () => {
    const body =
      '<clipPath id="a"><rect width="30" height="100"/></clipPath><clipPath id="b" clip-path="url(#a)"><rect width="60" height="60"/></clipPath><rect width="100" height="100" fill="#f00" clip-path="url(#b)"/>';
    expectAreas(areas(body), { "#ff0000": 1800 });
  });

  test("white in a mask keeps, black hides, grey fades", () => {
    const body = `<mask id="m" maskUnits="userSpaceOnUse" x="0" y="0" width="100" height="100"><rect width="60" height="60" fill="#fff"/><rect width="20" height="60" fill="#000"/><rect x="20" width="20" height="60" fill="#808080"/></mask>
      <rect width="100" height="100" fill="#f00" mask="url(#m)"/>`;
    expectAreas(areas(body), { "#ff0000": 1200, "#ff7f7f": 1200 });
  });

  test("a mask by alpha ignores colour", () => {
    const body =
      '<mask id="m" maskUnits="userSpaceOnUse" x="0" y="0" width="100" height="100" style="mask-type:alpha"><rect width="30" height="30" fill="#000"/></mask><rect width="100" height="100" fill="#f00" mask="url(#m)"/>';
    expectAreas(areas(body), { "#ff0000": 900 });
  });
});

describe("what can't be kept is said", () => {
  test("a filter is left out with a warning", () => {
    const drawing = readSvg(
      svg(
        '<filter id="f"><feGaussianBlur stdDeviation="2"/></filter><rect x="20" y="20" width="50" height="50" filter="url(#f)"/>',
      ),
    );
    expect(drawing.shapes).toHaveLength(1);
    expect(drawing.warnings.join()).toMatch(/shadow/);
  });

  test("an embedded picture is left out with a warning", () => {
    const drawing = readSvg(
      svg('<image href="data:image/png;base64,AAAA" width="9" height="9"/><rect width="50" height="50"/>'),
    );
    expect(drawing.warnings.join()).toMatch(/embedded picture/);
  });
});
