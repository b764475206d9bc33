import { describe, expect, it } from "vitest";
import { parseWait } from "../../../../worker/domain/prefer-wait.ts";

describe("Prefer: wait", () => {
  it.each([
    ["wait=10", 10],
    ["WAIT = 10", 10],
    ['wait="10"', 10],
    ["wait=0", 0],
    ["wait=60", 60],
    ["respond-async, wait=5; foo=bar, handling=lenient", 5],
    ['foo="a,b, wait=9", wait=7', 7],
  ])("%s is a wait", (header, seconds) => expect(parseWait(header)).toBe(seconds));

  it("is at most a minute, however much is asked for", () => {
    expect(parseWait("wait=61")).toBe(60);
    expect(parseWait("wait=999999999")).toBe(60);
  });

  it("counts when it comes first only", () => {
    expect(parseWait("wait=3, wait=4")).toBe(3);
    expect(parseWait("wait=x, wait=4")).toBeNull();
  });

  it.each([
    undefined,
    "",
    ",,",
    "respond-async",
    "wait",
    "wait=",
    'wait=""',
    "wait=-1",
    "wait=1.5",
    "wait=1e1",
    "wait=9999999999",
    "await=5",
    'foo="wait=5"',
    'wait="5',
    "wait=5 6",
  ])("%s is none", (header) => expect(parseWait(header)).toBeNull());
});
