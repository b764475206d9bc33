import { describe, expect, it } from "vitest";
import { textTo3dParamsSchema } from "#contract/job-types/text-to-3d.ts";
import { buildSolid } from "../../../../../../gpu-runner/engines/solid/build/build-solid.ts";
import { findLeak, sizeOf } from "../../../../../../gpu-runner/engines/solid/build/mesh.ts";
import { layoutText } from "../../../../../../gpu-runner/engines/solid/text/layout-text.ts";

/** Some 200 solids each: a second alone, several on a busy machine. */
const TIMEOUT_MS = 60_000;
const LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789&@!?#$%";

describe("every letter becomes a closed solid of its full depth", () => {
  it.each([
    ["sans", LATIN],
    ["serif", LATIN],
    ["mono", LATIN],
    ["display", LATIN],
    ["cjk", "日本語漢字かな永東京愛龍鬱"],
  ] as const)(
    "in %s, with and without a bevel",
    async (font, letters) => {
      for (const bevelMm of [0, 0.3, 1]) {
        for (const text of letters) {
          const params = textTo3dParamsSchema.parse({ text, font, bevelMm });
          const { drawing } = await layoutText(params, null);
          const { body } = buildSolid(drawing, { ...params, widthMm: null, layering: "flat", color: undefined });
          expect(findLeak(body), `${text} with ${bevelMm} mm`).toBeNull();
          expect(sizeOf(body)[2], `${text} with ${bevelMm} mm`).toBeCloseTo(params.depthMm, 5);
        }
      }
    },
    TIMEOUT_MS,
  );
});
