/** What answers say of limits. */
import { expect, test } from "vitest";
import { rateLimitsOf } from "../../../client/rate-limit.ts";

const headers = (standing: string, policy: string) => new Headers({ RateLimit: standing, "RateLimit-Policy": policy });

test("an answer tells how each limit stands", () => {
  const told = headers(
    '"jobs";r=0;t=1800, "bytes";r=12;t=5',
    '"jobs";q=5;w=3600, "bytes";q=1000;w=86400;qu="content-bytes"',
  );
  expect(rateLimitsOf(told)).toEqual([
    { name: "jobs", quota: 5, windowS: 3600, remaining: 0, resetS: 1800 },
    { name: "bytes", quota: 1000, windowS: 86400, remaining: 12, resetS: 5 },
  ]);
});

test.each([
  ["", ""],
  ['"jobs";r=0;t=1800', ""],
  ['"jobs";r=0', '"jobs";q=5;w=3600'],
  ["nonsense", "more of it"],
])("what is told in part, or otherwise, is not told: %s %s", (standing, policy) => {
  expect(rateLimitsOf(headers(standing, policy))).toEqual([]);
});
