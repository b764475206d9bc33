/** Names and order of the visitor's jobs. */
import { expect, test } from "vitest";
import { jobTitle, keepLabel, readLabels } from "../../../../pages/src/features/history/job-labels.ts";
import { mergeJobs, type RecentJob } from "../../../../pages/src/features/history/merge-jobs.ts";

function memoryStore(entries: Record<string, string> = {}) {
  const kept = new Map(Object.entries(entries));
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}
const job = (id: string, createdAt: number, state: RecentJob["state"] = "running"): RecentJob => ({
  id,
  type: "echo",
  state,
  createdAt,
  finishedAt: null,
  expiresAt: null,
  error: null,
  asset: id,
  cached: false,
  pinned: false,
  batch: null,
});

test("a job's name is kept, and the oldest are forgotten", () => {
  const store = memoryStore();
  for (let i = 0; i < 505; i++) keepLabel(store, `job_${i}`, `name ${i}`);
  keepLabel(store, "job_10", "renamed");
  const labels = readLabels(store);
  const titles = ["job_10", "job_504"].map((id) => labels.get(id)?.title);
  expect([labels.size, labels.has("job_4"), ...titles]).toEqual([500, false, "renamed", "name 504"]);
});

test("a job that only looks at photos is told apart, beside names that were kept before there were such jobs", () => {
  const store = memoryStore({ "kiln.labels": '[["job_1","fox.svg"]]' });
  keepLabel(store, "job_2", "IMG_1.jpg", "look");
  expect([...readLabels(store)]).toEqual([
    ["job_1", { title: "fox.svg", purpose: undefined }],
    ["job_2", { title: "IMG_1.jpg", purpose: "look" }],
  ]);
});

test.each(["{", '{"a":1}', "[[1,2]]"])("names that were damaged (%s) count as none", (damaged) => {
  expect(readLabels(memoryStore({ "kiln.labels": damaged })).size).toBe(0);
});

test("without storage there are no names and no failure", () => {
  expect(readLabels(null).size).toBe(0);
  expect(() => keepLabel(null, "job_1", "x")).not.toThrow();
});

test("a job is called by its text, its file or its type", () => {
  const source = { upload: "upl_1", job: null, artifact: null };
  const input = { ...source, filename: "fox.svg", bytes: 1, contentType: "image/svg+xml", role: null };
  expect(jobTitle({ type: "text-to-3d", params: { text: " two\nlines " }, inputs: [input] }, undefined)).toBe(
    "two lines",
  );
  expect(jobTitle({ type: "logo-to-3d", params: {}, inputs: [input] }, undefined)).toBe("fox.svg");
  const three = [input, { ...input, filename: "hill.png", role: "background" }, input];
  expect(jobTitle({ type: "remove-background", params: {}, inputs: three }, undefined)).toBe("fox.svg and 1 more");
  expect(jobTitle({ type: "echo", params: { text: "" }, inputs: [] }, undefined)).toBe("echo");
});

test("lists are merged newest first, and the fresh one is believed", () => {
  const merged = mergeJobs([job("b", 2, "succeeded"), job("c", 3)], [job("a", 1), job("b", 2)]);
  expect(merged.map(({ id, state }) => `${id} ${state}`)).toEqual(["c running", "b succeeded", "a running"]);
});
