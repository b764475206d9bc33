/** What the bench of photogrammetry calls a pass: it must not pass what it doesn't know. */
import { expect, test } from "vitest";
import { type Evaluation, judge, type Run } from "../../../../bench/photogrammetry/figures.ts";

const GOOD: Evaluation = {
  cameras: { kept: 23, wrong: [], rmsePercent: 0.03, worstPercent: 0.1 },
  surface: {
    accuracy: { mean: 0.1, within1: 99 },
    completeness: { mean: 0.3, within1: 95 },
    chamferPercent: 0.2,
  },
  views: { psnrDb: 28, ssim: 0.9, objectPsnrDb: 27, psnrAfterGainDb: 28 },
};
const RUN: Run = {
  scene: "textured",
  views: 24,
  evaluation: GOOD,
  until: "model",
  unnamed: [],
  refused: null,
  seconds: 300,
  cpuSeconds: 350,
  memoryBytes: 2.5e9,
};
const missed = (run: Run) => judge(run).flatMap(({ figure, isMet }) => (isMet ? [] : [figure]));
const withCameras = (cameras: Partial<Evaluation["cameras"]>) => ({
  ...RUN,
  evaluation: { ...GOOD, cameras: { ...GOOD.cameras, ...cameras } },
});

test("a run that reaches every figure passes", () => {
  expect(missed(RUN)).toEqual([]);
  expect(judge(RUN).length).toBeGreaterThanOrEqual(8);
});

test("one wrong camera among those kept is a miss", () => {
  expect(missed(withCameras({ wrong: ["v007.jpg"] }))).toEqual(["wrong cameras kept"]);
});

test("a photo that is neither placed nor named is a miss", () => {
  expect(missed({ ...RUN, unnamed: ["v003.jpg"] })).toEqual(["photos left out without a word"]);
});

test("each figure of the model is judged on its own, and what is not known is a miss", () => {
  expect(missed({ ...RUN, cpuSeconds: 401 })).toEqual(["CPU"]);
  expect(missed({ ...RUN, memoryBytes: 3.1e9 })).toEqual(["memory"]);
  const { views: _, ...withoutViews } = GOOD;
  expect(missed({ ...RUN, evaluation: withoutViews })).toEqual(["held-out PSNR"]);
  const surface = { accuracy: null, completeness: null, chamferPercent: null };
  expect(missed({ ...RUN, evaluation: { ...GOOD, surface } })).toEqual([
    "accuracy within 1 %",
    "completeness within 1 %",
    "chamfer",
  ]);
});

test("a run that ends with the cameras is not judged by a model", () => {
  const { surface: _, views: __, ...cameras } = GOOD;
  expect(missed({ ...RUN, until: "cameras", evaluation: cameras })).toEqual([]);
});

test("48 photos must all be kept, and exactly placed", () => {
  const cameras = { kept: 47, wrong: [], rmsePercent: 0.06 };
  expect(missed({ ...withCameras(cameras), views: 48 })).toEqual(["cameras kept", "camera RMSE"]);
});

test("12 photos, or a misleading ground, may be refused as unreliable and for no other reason; others may not be refused", () => {
  const { evaluation: _, ...nothing } = RUN;
  const refused = { ...nothing, views: 12, refused: { code: "cameras_unreliable", message: "" } };
  expect(missed(refused)).toEqual([]);
  expect(missed({ ...refused, refused: { code: "engine_failed", message: "" } })).toEqual(["outcome"]);
  expect(missed({ ...refused, views: 24 })).toEqual(["outcome"]);
  expect(missed({ ...refused, scene: "plain" })).toEqual(["outcome"]);
  expect(missed({ ...refused, views: 24, scene: "repeating" })).toEqual([]);
});
