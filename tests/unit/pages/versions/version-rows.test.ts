/** What a version changed, in words. */
import { expect, test } from "vitest";
import type { JobVersions, ParamChange } from "#contract/public-api.ts";
import { changesOf } from "../../../../pages/src/features/versions/version-rows.ts";

const version = (changed: ParamChange[] | null, cached = false) =>
  ({ changed, cached }) as JobVersions["versions"][number];
const titles = new Map([["depthMm", "Depth"]]);

test.each<[ParamChange, string]>([
  [{ param: "depthMm", from: 4, to: 6 }, "Depth: 4 → 6"],
  [{ param: "colors", from: null, to: 4 }, "Colors: default → 4"],
  [{ param: "mask", from: false, to: true }, "Mask: off → on"],
  [{ param: "formats", from: ["glb"], to: ["glb", "stl"] }, "Formats: glb → glb, stl"],
  [{ param: "drop", from: null, to: ["a", "b", "c", "d"] }, "Drop: default → 4 entries"],
])("%j", (change, text) => {
  expect(changesOf(version([change]), titles)).toEqual([text]);
});

test("a first version and one that changed nothing are told as such", () => {
  expect(changesOf(version(null), titles)).toEqual(["First version"]);
  expect(changesOf(version([], true), titles)).toEqual(["The same again"]);
  expect(changesOf(version([]), titles)).toEqual(["Made once more"]);
});
