/** Which photos the visitor wants used, and how the server is told. */
import { describe, expect, test } from "vitest";
import { photogrammetry, photogrammetryParamsSchema } from "#contract/job-types/photogrammetry.ts";
import { describeJobType } from "#contract/job-types/registry.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { toParams, toValues } from "../../../../pages/src/features/parameters/form-values.ts";
import { columnsOf, placeAfter } from "../../../../pages/src/features/photos/grid-keys.ts";
import {
  type Choice,
  isUsed,
  keepChoice,
  readChoice,
  toKeepAndDrop,
  usedCount,
  withUse,
} from "../../../../pages/src/features/photos/photo-choice.ts";
import { type Photo, readPhotoSet } from "../../../../pages/src/features/photos/photo-set.ts";
import { rerunParams } from "../../../../pages/src/features/photos/rerun-params.ts";
import { spriteStyle } from "../../../../pages/src/features/photos/sprite.ts";
import { formFields } from "../../../../pages/src/kinds.ts";

const setOf = (...photos: readonly (readonly [file: string, verdict: string, use?: boolean])[]) => {
  const set = readPhotoSet({ photos: photos.map(([file, verdict, use]) => ({ file, verdict, use })) });
  if (!set) throw new Error("no set");
  return set;
};
const SET = setOf(["good.jpg", "good"], ["warn.jpg", "warn"], ["bad.jpg", "bad"]);
const named = (file: string): Photo[] => SET.photos.filter((photo) => photo.file === file);

describe("a choice of photos", () => {
  test("is the server's as long as nothing is changed: nothing is kept or dropped", () => {
    expect(SET.photos.map((photo) => isUsed(photo, {}))).toEqual([true, true, false]);
    expect(usedCount(SET, {})).toBe(2);
    expect(toKeepAndDrop(SET, {})).toEqual({ keep: [], drop: [] });
  });

  test("keeps what is no good and yet wanted, and drops what is not wanted", () => {
    const choice = withUse(withUse({}, named("bad.jpg"), true), named("good.jpg"), false);
    expect(toKeepAndDrop(SET, choice)).toEqual({ keep: ["bad.jpg"], drop: ["good.jpg"] });
    expect(usedCount(SET, choice)).toBe(2);
  });

  test("that is taken back leaves nothing to tell", () => {
    const choice = withUse(withUse({}, SET.photos, false), SET.photos.slice(0, 2), true);
    expect(toKeepAndDrop(SET, choice)).toEqual({ keep: [], drop: [] });
  });

  test("of an earlier look goes on: what was dropped or kept then still is", () => {
    const again = setOf(["a.jpg", "good", false], ["b.jpg", "bad", true]);
    expect(toKeepAndDrop(again, {})).toEqual({ keep: ["b.jpg"], drop: ["a.jpg"] });
  });

  test("holds for all photos of one name, because a job knows them by name", () => {
    const twice = setOf(["a.jpg", "good"], ["a.jpg", "warn"], ["b.jpg", "good"]);
    const choice = withUse({}, twice.photos.slice(0, 1), false);
    expect(usedCount(twice, choice)).toBe(1);
    expect(toKeepAndDrop(twice, choice)).toEqual({ keep: [], drop: ["a.jpg"] });
  });

  test("is not confused by names every object has", () => {
    const [photo] = setOf(["constructor", "good"]).photos as [Photo];
    expect(isUsed(photo, {})).toBe(true);
    expect(isUsed(photo, withUse({}, [photo], false))).toBe(false);
  });
});

describe("the choice for a job", () => {
  const memoryStore = (entries: Record<string, string> = {}) => {
    const kept = new Map(Object.entries(entries));
    return {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
  };

  test("is found again, and those of the oldest jobs are forgotten", () => {
    const store = memoryStore();
    const choice: Choice = { "a.jpg": false };
    for (let i = 0; i < 25; i++) keepChoice(store, `job_${i}`, choice);
    expect([readChoice(store, "job_24"), readChoice(store, "job_4")]).toEqual([choice, {}]);
  });

  test.each(["{", "[[1]]", '{"a":1}'])("that was damaged (%s) is none", (damaged) => {
    expect(readChoice(memoryStore({ "kiln.photos": damaged }), "job_1")).toEqual({});
  });

  test("is no failure where nothing can be kept", () => {
    expect(() => keepChoice(null, "job_1", {})).not.toThrow();
    const full = {
      getItem: () => null,
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    };
    expect(() => keepChoice(full, "job_1", {})).not.toThrow();
  });
});

describe("a job that goes on from an earlier one", () => {
  const type: JobTypeInfo = describeJobType(photogrammetry);
  const fields = formFields(type);
  const earlier = photogrammetryParamsSchema.parse({ scale: "size", sizeMm: 300, frames: 60, drop: ["x.jpg"] });

  test("gets what the form says, and is told which parameters are to be their defaults again", () => {
    const values = { ...toValues(fields, earlier), scale: "none", quality: "high" };
    const changes = rerunParams(fields, toParams(fields, values).params, earlier);
    expect(changes).toMatchObject({ quality: "high", scale: "none", sizeMm: null });
    // As the server puts them over the earlier ones.
    const merged = Object.entries({ ...earlier, ...changes }).filter(([, value]) => value !== null);
    const params = photogrammetryParamsSchema.parse(Object.fromEntries(merged));
    expect([params.quality, params.scale, params.sizeMm, params.frames]).toEqual(["high", "none", undefined, 60]);
  });

  test("keeps what the form does not show", () => {
    const shown = fields.filter(({ name }) => name !== "frames");
    expect(rerunParams(shown, toParams(shown, toValues(shown, earlier)).params, earlier)).not.toHaveProperty("frames");
    expect(rerunParams(fields, {}, earlier)).not.toHaveProperty("drop");
  });
});

test("arrow keys move in the grid and stop at its ends, other keys don't move", () => {
  const to = (key: string, from: number) => placeAfter(key, from, 10, 4);
  expect([to("ArrowRight", 3), to("ArrowDown", 3), to("ArrowUp", 5), to("Home", 7), to("End", 0)]).toEqual([
    4, 7, 1, 0, 9,
  ]);
  expect([to("ArrowLeft", 0), to("ArrowDown", 8), to("ArrowUp", 2)]).toEqual([0, 8, 2]);
  expect(to("a", 3)).toBeNull();
});

test("columns are counted by what stands in the first row", () => {
  expect([columnsOf([0, 0, 0, 90, 90]), columnsOf([0, 0]), columnsOf([])]).toEqual([3, 2, 1]);
});

test("a small picture is its part of the sheet, at any size", () => {
  const sheet = { url: "blob:x", width: 640, height: 240 };
  expect(spriteStyle(sheet, { x: 320, y: 120, width: 160, height: 120 })).toEqual({
    aspectRatio: "160 / 120",
    backgroundImage: 'url("blob:x")',
    backgroundSize: "400% 200%",
    backgroundPosition: `${(320 / 480) * 100}% 100%`,
  });
  const only = spriteStyle({ url: "blob:x", width: 160, height: 120 }, { x: 0, y: 0, width: 160, height: 120 });
  expect(only.backgroundPosition).toBe("0% 0%");
});
