/** The verdicts on photos, as the server tells them. */
import { describe, expect, test } from "vitest";
import {
  countsOf,
  isDoubtful,
  readPhotoSet,
  shortName,
  verdictText,
} from "../../../../pages/src/features/photos/photo-set.ts";

const BOX = { x: 160, y: 0, width: 160, height: 120 };
const photo = (file: string, over: Record<string, unknown> = {}) => ({
  id: 1,
  file,
  verdict: "good",
  reasons: [],
  use: true,
  thumbnail: BOX,
  measures: { sharpness: 12 },
  ...over,
});
const read = (...photos: unknown[]) => readPhotoSet({ photos, skipped: [] })?.photos ?? [];

describe("photos.json", () => {
  test("tells name, verdict, reasons, whether it is used, and where its small picture is", () => {
    const reasons = [{ code: "blurred", message: "It is blurred." }];
    expect(read(photo("a.jpg"), photo("b.heic", { verdict: "bad", reasons, use: false }))).toEqual([
      { index: 0, file: "a.jpg", verdict: "good", reasons: [], use: true, thumbnail: BOX },
      { index: 1, file: "b.heic", verdict: "bad", reasons: ["It is blurred."], use: false, thumbnail: BOX },
    ]);
  });

  test("with an unknown verdict counts as doubtful, never as good", () => {
    const [odd, none] = read(photo("a.jpg", { verdict: "splendid" }), { file: "b.jpg" });
    expect([odd?.verdict, none?.verdict]).toEqual(["warn", "warn"]);
  });

  test("says by the verdict whether a photo is used, where it does not say so itself", () => {
    const used = read(photo("a.jpg", { use: undefined }), photo("b.jpg", { use: undefined, verdict: "bad" }));
    expect(used.map(({ use }) => use)).toEqual([true, false]);
  });

  test("keeps the photos that can be read when others can't, and those without a picture", () => {
    const photos = read(
      photo("a.jpg", { thumbnail: { x: -1 } }),
      5,
      { verdict: "good" },
      photo("b.jpg", { reasons: 7 }),
    );
    expect(photos.map(({ file, thumbnail, reasons }) => [file, thumbnail, reasons])).toEqual([
      ["a.jpg", null, []],
      ["b.jpg", BOX, []],
    ]);
  });

  test("does not tell the visitor what the visitor has decided", () => {
    const reasons = [
      { code: "dropped", message: "You left it out." },
      { code: "soft", message: "A little blurred." },
    ];
    expect(read(photo("a.jpg", { reasons, use: false }))[0]).toMatchObject({
      reasons: ["A little blurred."],
      use: false,
    });
  });

  test("names photos of a zip with their folders, which are shown without them", () => {
    const [inside, outside] = read(photo("scan/round 1/a.jpg"), photo("b.jpg"));
    expect(inside?.file).toBe("scan/round 1/a.jpg");
    expect([inside, outside].map((one) => one && shortName(one))).toEqual(["a.jpg", "b.jpg"]);
  });

  test("names files that could not be read", () => {
    const skipped = [{ file: "c.jpg", reason: "It is cut off." }, { file: 3 }];
    expect(readPhotoSet({ photos: [], skipped })?.skipped).toEqual([{ file: "c.jpg", reason: "It is cut off." }]);
  });

  test.each([[null], ["x"], [[1]]])("that is %j is none", (json) => {
    expect(readPhotoSet(json)).toBeNull();
  });
});

test("a verdict is told in words, with all of its reasons", () => {
  const reasons = [{ message: "It is blurred." }, { message: "It is dark." }];
  const told = read(photo("a"), photo("b", { verdict: "warn", reasons }), photo("c", { verdict: "bad" }));
  expect(told.map(verdictText)).toEqual(["Good", "Doubtful: It is blurred. It is dark.", "No good"]);
  expect(told.map(isDoubtful)).toEqual([false, true, true]);
});

test("a set is counted by verdict, and kinds there are none of are not mentioned", () => {
  const set = readPhotoSet({
    photos: [photo("a"), photo("b"), photo("c", { verdict: "bad" })],
    skipped: [{ file: "d", reason: "Empty." }],
  });
  expect(set && countsOf(set)).toEqual(["2 good", "1 no good", "1 could not be read"]);
});
