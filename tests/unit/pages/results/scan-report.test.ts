/** What the page tells of a model made of photos. */
import { describe, expect, test } from "vitest";
import { photogrammetry } from "#contract/job-types/photogrammetry.ts";
import { describeJobType } from "#contract/job-types/registry.ts";
import type { Manifest } from "#contract/manifest.ts";
import { readPhotoSet } from "../../../../pages/src/features/photos/photo-set.ts";
import { downloadsOf, resultFacts } from "../../../../pages/src/features/results/result-facts.ts";
import { readScanReport, withPictures } from "../../../../pages/src/features/results/scan-report.ts";

const manifest = (report: Record<string, unknown>, names: readonly string[] = []): Manifest => ({
  jobType: "photogrammetry",
  typeVersion: 1,
  params: {},
  artifacts: names.map((name) => ({ name, bytes: 10, sha256: "0".repeat(64), contentType: "x/y" })),
  versions: {},
  timings: [],
  peakMemoryBytes: null,
  seed: 0,
  report,
  warnings: [],
});
const factsOf = (report: Record<string, unknown>) =>
  resultFacts({ type: "photogrammetry", inputs: [] }, manifest(report));

describe("the facts of a model", () => {
  test("are how many photos were placed, triangles, size and errors", () => {
    const report = {
      photos: 24,
      registered: 23,
      triangles: 100_000,
      sizeM: [0.312, 0.2844, 0.1],
      scaleSource: "marker",
      reprojectionErrorPx: 0.5341,
      meanTrackLength: 5.249,
    };
    expect(factsOf(report)).toEqual([
      "23 of 24 photos placed",
      "100,000 triangles",
      "31.2 × 28.4 × 10 cm by the marker",
      "Reprojection error 0.53 px",
      "Each point seen in 5.2 photos",
    ]);
  });

  test.each([
    [[0.05, 0.031, 0.02], "size", "50 × 31 × 20 mm by the side you gave"],
    [[12.34, 8, 3.5], "gps", "12.3 × 8 × 3.5 m by GPS"],
    [[1, 0.8, 0.2], null, "Real size unknown"],
    [[1, 0.8, 0.2], "a new way", "1 × 0.8 × 0.2 m"],
  ])("size %j by %s", (sizeM, scaleSource, fact) => {
    expect(factsOf({ sizeM, scaleSource })).toEqual([fact]);
  });

  test("that are not as expected are left out", () => {
    expect(factsOf({ photos: "many", registered: null, sizeM: [1], dropped: 5, triangles: "x" })).toEqual([]);
    expect(
      readScanReport(manifest({ dropped: [{ file: "a.jpg" }, { file: "b.jpg", reason: "Blurred." }] })).dropped,
    ).toEqual([{ file: "b.jpg", reason: "Blurred." }]);
  });
});

test("photos that were left out come with their pictures, each with its own where names are equal", () => {
  const box = (x: number) => ({ x, y: 0, width: 10, height: 10 });
  const set = readPhotoSet({
    photos: [
      { file: "a.jpg", verdict: "bad", thumbnail: box(0) },
      { file: "a.jpg", verdict: "bad", thumbnail: box(10) },
    ],
  });
  const dropped = ["a.jpg", "a.jpg", "gone.jpg"].map((file) => ({ file, reason: "No." }));
  expect(withPictures(dropped, set).map(({ thumbnail }) => thumbnail?.x ?? null)).toEqual([0, 10, null]);
  expect(withPictures(dropped, null)).toHaveLength(3);
});

test("downloads are the model's files first; pictures and records follow, the sheet of small pictures is none", () => {
  const names = [
    "photos.webp",
    "report.html",
    "preview.webp",
    "cameras.json",
    "model.usdz",
    "model.glb",
    "photos.json",
  ];
  const files = downloadsOf(manifest({}, names), describeJobType(photogrammetry));
  expect(files.map(({ name, main }) => [name, main])).toEqual([
    ["model.glb", true],
    ["model.usdz", true],
    ["cameras.json", false],
    ["photos.json", false],
    ["preview.webp", false],
    ["report.html", false],
    ["manifest.json", false],
  ]);
});
