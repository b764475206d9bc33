/** What users are told of doubtful masks. */
import { expect, test } from "vitest";
import type { JobContext } from "../../../../../gpu-runner/jobs/job.ts";
import { maskWarnings, warnOfMany } from "../../../../../gpu-runner/jobs/remove-background/picture-warnings.ts";

test("a mask that is empty, full or in many pieces is told, with another model to try; a good one is not", () => {
  const of = (coverage: number, pieces: number) => maskWarnings("cat.png", { coverage, pieces }, "u2netp");
  expect(of(0.4, 3)).toEqual([]);
  expect(of(0.0005, 1)).toEqual([expect.stringMatching(/^cat\.png: no subject was found.*isnet-general-use/)]);
  expect(of(0.995, 1)).toEqual([expect.stringMatching(/all of the picture was taken for the subject/)]);
  expect(of(0.3, 14)).toEqual([expect.stringMatching(/the mask is in 14 pieces\. Try smooth edges/)]);
});

test("the model that was used is not the one to try", () => {
  expect(maskWarnings("a.png", { coverage: 0, pieces: 0 }, "isnet-general-use")[0]).toContain("birefnet-general");
});

test("of many warnings the first ten are passed on, and how many there are besides", () => {
  const warned: string[] = [];
  const context = { warn: (line: string) => warned.push(line) } as unknown as JobContext;
  warnOfMany(
    context,
    Array.from({ length: 13 }, (_, i) => `line ${i}`),
  );
  expect(warned).toHaveLength(11);
  expect(warned.at(-1)).toBe("3 more warnings are in the report.");
});
