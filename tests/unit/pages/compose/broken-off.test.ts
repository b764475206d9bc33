/** What is remembered of an upload that a reload breaks off. */
import { expect, test } from "vitest";
import { brokenOffFiles, noteSending, noteSent } from "../../../../pages/src/features/compose/broken-off.ts";

function memoryStore() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

test("files that were on their way when the page went are counted, for the kind of job they were for", () => {
  const store = memoryStore();
  noteSending(store, "photogrammetry", 300);
  expect([brokenOffFiles(store, "photogrammetry"), brokenOffFiles(store, "animate")]).toEqual([300, 0]);
});

test("an upload that ended, well or not, is forgotten", () => {
  const store = memoryStore();
  noteSending(store, "animate", 1);
  noteSent(store);
  expect(brokenOffFiles(store, "animate")).toBe(0);
});

test("without storage, or with what somebody else has written there, nothing is known", () => {
  expect(brokenOffFiles(null, "animate")).toBe(0);
  const store = memoryStore();
  noteSending(store, "animate", 2);
  for (const text of ["{", "null", '{"type":"animate","files":"many"}']) {
    const other = { ...store, getItem: () => text };
    expect(brokenOffFiles(other, "animate")).toBe(0);
  }
});
