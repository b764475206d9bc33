/** A limit that was reached, in words. */
import { expect, test } from "vitest";
import { KilnError } from "../../../client/kiln-error.ts";
import { toFailure } from "../../../pages/src/api/failure.ts";
import { limitSentence, reached } from "../../../pages/src/api/limit-words.ts";

const JOBS = { name: "jobs", quota: 5, windowS: 3_600, remaining: 0, resetS: 720 };
const BYTES = { name: "bytes", quota: 1_000_000_000, windowS: 86_400, remaining: 40, resetS: 7_200 };
const at = { now: Date.UTC(2026, 10, 22, 20), locale: "en" };

test("which limit it is, when it is free again, and that a key raises it", () => {
  const sentence = limitSentence(JOBS, { ...at, anonymous: true });
  expect(sentence).toMatch(
    /^Without an API key, one address may have 5 jobs an hour\. It is free again in about 12 min, Nov/,
  );
  expect(sentence).toMatch(/An API key raises it\.$/);
  expect(limitSentence(BYTES, { ...at, anonymous: false })).toMatch(
    /^Your account may have 1\.0 GB of uploads a day\. /,
  );
  expect(limitSentence({ ...JOBS, name: "moons" }, { ...at, anonymous: true })).toBeNull();
});

test("the limit that is reached is the one that there is to wait for", () => {
  expect(reached([BYTES, JOBS], 720)).toBe(JOBS);
  expect(reached([BYTES, JOBS], 7_200)).toBe(BYTES);
  // Too many jobs at a time, or more at once than there ever is: the fields tell of another limit.
  expect([reached([JOBS], 30), reached([JOBS], null), reached([], 30)]).toEqual([undefined, undefined, undefined]);
});

test("jobs that wait or run are no jobs of an hour: the server's own words are told", () => {
  const detail = "2 jobs may be waiting or running at a time. Wait for some of them to end.";
  const rest = { type: "about:blank", title: "Too many requests", status: 429, instance: "urn:x", retryable: true };
  const failure = toFailure(new KilnError({ ...rest, code: "rate_limited", detail }, 30, [{ ...JOBS, remaining: 1 }]));
  expect(failure.message).toBe(`${detail} What you have entered is kept.`);
});

test("without the fields of a limit the server's own words are told; what was entered is kept", () => {
  const detail = "Your address calls too often. Wait up to 10 s, then call less often.";
  const rest = { type: "about:blank", title: "Too many requests", status: 429, instance: "urn:x", retryable: true };
  const failure = toFailure(new KilnError({ ...rest, code: "rate_limited", detail }));
  expect(failure.message).toBe(`${detail} What you have entered is kept.`);
});
