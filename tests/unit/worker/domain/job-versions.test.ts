/** What changed from one version of an asset to another. */
import { describe, expect, it } from "vitest";
import { changedParams } from "../../../../worker/domain/job-versions.ts";

describe("what changed of the parameters", () => {
  it("is named in order, with both values; a parameter that is not set is null", () => {
    expect(changedParams({ b: 1, a: [1, 2], same: "x" }, { same: "x", a: [2, 1], c: false })).toEqual([
      { param: "a", from: [1, 2], to: [2, 1] },
      { param: "b", from: 1, to: null },
      { param: "c", from: null, to: false },
    ]);
  });

  it("is nothing when only the order of keys differs", () => {
    expect(changedParams({ a: { x: 1, y: 2 }, b: 0 }, { b: 0, a: { y: 2, x: 1 } })).toEqual([]);
  });
});
