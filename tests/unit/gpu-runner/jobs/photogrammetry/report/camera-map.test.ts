import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { cameraMap, MAP_SIZE } from "../../../../../../gpu-runner/jobs/photogrammetry/report/camera-map.ts";
import { type MapSpace, mapSpace } from "../../../../../../gpu-runner/jobs/photogrammetry/report/map-space.ts";
import { readReportScene } from "../../../../../../gpu-runner/jobs/photogrammetry/report/report-scene.ts";
import { type Files, reportFolder } from "./report-folder.ts";

async function sceneOf(until: "cameras" | "model", change?: (files: Files) => void) {
  const folder = await reportFolder(until, change);
  try {
    return await readReportScene(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function spaceOf(until: "cameras" | "model"): Promise<MapSpace> {
  const space = mapSpace(await sceneOf(until));
  if (!space) throw new Error("no camera in the scene");
  return space;
}

/** Where a map shows the camera of a photo. */
function placeOf(map: string, photo: number): [number, number] {
  const mark = map.split("<g ").find((group) => group.includes(`<title>${photo}:`)) ?? "";
  const [, x, y] = /<circle cx="([\d.]+)" cy="([\d.]+)"/.exec(mark) ?? [];
  return [Number(x), Number(y)];
}

test.each(["model", "cameras"] as const)(
  "in the frame of %s, cameras in a level ring look level at its middle",
  async (until) => {
    for (const { kept, position, looks } of (await spaceOf(until)).cameras) {
      if (!kept) continue;
      expect(position[1]).toBeCloseTo(0);
      expect(looks[1]).toBeCloseTo(0);
      expect(position[0] * looks[0] + position[2] * looks[2]).toBeCloseTo(-3);
    }
  },
);

test("without a model's frame the first camera is in front, to which a map from above turns its lower side", async () => {
  const space = await spaceOf("cameras");
  const first = space.cameras[0]?.position ?? [0, 0, 0];
  expect(first[0]).toBeCloseTo(0);
  expect(first[2]).toBeCloseTo(3);
  const [x, y] = placeOf(cameraMap(space, [], "above").text, 1);
  expect(x).toBeCloseTo(MAP_SIZE / 2, -1);
  expect(y).toBeGreaterThan(MAP_SIZE * 0.85);
});

test("every camera is inside the map, also one that was put far away", async () => {
  const map = cameraMap(await spaceOf("model"), [], "above").text;
  for (let photo = 1; photo <= 11; photo++)
    for (const value of placeOf(map, photo)) expect(Math.abs(value - MAP_SIZE / 2)).toBeLessThan(MAP_SIZE / 2);
  expect(map).toContain("5: IMG_5.JPG, dropped (farther away than this map shows)");
});

test("a gap is a line between its two cameras", async () => {
  const scene = await sceneOf("model");
  const space = await spaceOf("model");
  const map = cameraMap(space, scene.poses?.gaps ?? [], "above").text;
  const [, x1, y1, x2, y2] = /class="map-gap"><path d="M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)"/.exec(map) ?? [];
  expect([Number(x1), Number(y1)]).toEqual(placeOf(map, 4));
  expect([Number(x2), Number(y2)]).toEqual(placeOf(map, 6));
  expect(map).toContain(">60°<");
});

test("photos in one straight row and a single camera make a map too", async () => {
  const scene = await sceneOf("cameras", ({ poses }) => {
    poses.views = [{ ...poses.views[0], center: [0, 0, 0] }];
    poses.sample = [];
  });
  const space = mapSpace(scene);
  expect(space && cameraMap(space, [], "front").text).not.toMatch(/NaN|Infinity/);
});
