/** What is printed of photos and their verdicts. */
import { describe, expect, test } from "vitest";
import { inWords, verdictTable } from "../../../cli/display/photo-report.ts";

describe("the table of verdicts", () => {
  test("has a line for every photo, with all reasons, and for every file that could not be read", () => {
    const photos = [
      { file: "a.jpg", verdict: "good", reasons: [], use: true },
      { file: "long-name.heic", verdict: "bad", reasons: [{ message: "Blurred." }, { message: "Dark." }], use: false },
    ];
    expect(verdictTable(JSON.stringify({ photos, skipped: [{ file: "c.png", reason: "It is cut off." }] }))).toBe(
      "\nphoto           verdict   used  why\n" +
        "a.jpg           good      yes\n" +
        "long-name.heic  no good   no    Blurred. Dark.\n" +
        "c.png           not read  no    It is cut off.\n" +
        "\n1 of 2 photos are used.\n",
    );
  });

  test("takes an unknown verdict for a doubtful one, never for a good one", () => {
    expect(verdictTable('{"photos":[{"file":"a.jpg","verdict":"splendid"}]}')).toContain("a.jpg  doubtful  yes");
  });

  test.each(["", "{", "null", "[]"])("of what is no photos.json (%j) is none", (text) => {
    expect(verdictTable(text)).toBe("");
  });
});

describe("the report in words", () => {
  test("says how many of the photos have a camera, and by what the size is known", () => {
    expect(inWords({ photos: 24, registered: 23, sizeM: [1, 2, 3], scaleSource: "marker", triangles: 5 })).toEqual({
      registered: "23 of 24",
      triangles: 5,
      sizeM: [1, 2, 3],
      scaleSource: "marker",
    });
  });

  test("leaves other reports as they are", () => {
    const report = { sizeMm: [80, 40, 4], triangles: 12, photos: 3 };
    expect(inWords(report)).toEqual(report);
  });
});
