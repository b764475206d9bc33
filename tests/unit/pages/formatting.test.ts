/** Numbers and times as the site shows them. */
import { describe, expect, test } from "vitest";
import {
  formatAgo,
  formatBytes,
  formatDuration,
  formatEta,
  formatNumber,
  formatSeconds,
} from "../../../pages/src/formatting.ts";

describe("formatting", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1.0 kB"],
    [48_040, "48.0 kB"],
    [999_949, "1.0 MB"],
    [100_000_000, "100 MB"],
    [5_000_000_000, "5.0 GB"],
  ])("%d bytes are shown as %s: decimal units, at most three digits", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test.each([
    [0.04, "0.0 s"],
    [5.66, "5.7 s"],
    [9.96, "10 s"],
    [59.6, "1 min"],
    [185, "3 min 5 s"],
    [7_800, "2 h 10 min"],
  ])("%d seconds are shown as %s", (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });

  test("what is left is told without false precision", () => {
    expect([1, 7.2, 23, 54, 70, 200].map(formatEta)).toEqual([
      "a few seconds left",
      "about 8 s left",
      "about 25 s left",
      "about 55 s left",
      "about 1 min left",
      "about 3 min left",
    ]);
  });

  test("an age is told in one unit, and a clock that runs ahead is no age", () => {
    const now = Date.UTC(2026, 10, 22, 12);
    const minutes = (count: number) => formatAgo(now - count * 60_000, now);
    expect([-5, 0.5, 59, 60, 23 * 60, 25 * 60, 72 * 60].map(minutes)).toEqual([
      "just now",
      "just now",
      "59 min ago",
      "1 h ago",
      "23 h ago",
      "yesterday",
      "3 days ago",
    ]);
  });

  test("lengths carry no needless zeros", () => {
    expect([80, 12.5, 33.662, 0.04, 0.1 + 0.2].map(formatNumber)).toEqual(["80", "12.5", "33.66", "0.04", "0.3"]);
  });

  test.each([
    [0.48, "0.48 s"],
    [2.5, "2.5 s"],
    [59.9999, "60 s"],
    [72.25, "1 min 12.25 s"],
  ])("a clip of %d s is shown exactly as %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});
