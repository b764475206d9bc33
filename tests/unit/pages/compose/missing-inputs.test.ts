/** Whether enough was chosen to begin. */
import { describe, expect, test } from "vitest";
import { type DraftInput, inputOfFile } from "../../../../pages/src/features/compose/draft.ts";
import { missingInputs } from "../../../../pages/src/features/compose/missing-inputs.ts";
import { kindOf } from "../../../../pages/src/kinds.ts";

const scan = kindOf("photogrammetry");
const input = (type: string): DraftInput => inputOfFile(new File(["x"], "x"), type);

describe("a photo scan", () => {
  test.each([
    ["nothing", [], "Choose photos of one thing first."],
    ["two photos", ["image/jpeg", "image/heic"], "A model needs at least 3 photos; 20 to 60 from all around are good."],
    ["three photos", ["image/jpeg", "image/heic", "image/tiff"], null],
    ["a video, which holds many", ["video/mp4"], null],
    ["a zip, which holds many", ["application/zip"], null],
    ["a photo and a video", ["image/jpeg", "video/mp4"], null],
  ])("of %s", (_what, types, missing) => {
    expect(missingInputs(types.map(input), 1, scan)).toBe(missing);
  });
});

test("other kinds ask for as many as their job type does", () => {
  expect(missingInputs([], 1, kindOf("animate"))).toBe("Choose a video or pictures first.");
  expect(missingInputs([input("image/png")], 1, kindOf("animate"))).toBeNull();
  expect(missingInputs([], 0, kindOf("text-to-3d"))).toBeNull();
});
