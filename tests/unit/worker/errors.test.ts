/** Which errors of the platform a client may simply repeat. */
import { describe, expect, it } from "vitest";
import { isTransient, TransientError } from "../../../worker/errors.ts";

describe("an error of the platform", () => {
  it.each([
    "Network connection lost.",
    "D1_ERROR: Network connection lost.",
    "put: We encountered an internal error. Please try again. (10001)",
    "Internal error in Durable Object storage caused object to be reset.",
    "Durable Object reset because its code was updated.",
    "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
  ])("passes by itself: %s", (message) => {
    expect(isTransient(new Error(message))).toBe(true);
  });

  it("passes when the platform says so, whatever its text", () => {
    expect(isTransient(Object.assign(new Error("?"), { retryable: true }))).toBe(true);
    expect(isTransient(Object.assign(new Error("?"), { overloaded: true }))).toBe(true);
  });

  it("passes when it was found to be one that does, also behind an object, which keeps its message only", () => {
    const error = new TransientError("R2 failed: put: internal error; reference = abc");
    expect([error, new Error(error.message)].map(isTransient)).toEqual([true, true]);
  });

  it.each([new TypeError("x is not a function"), new Error("no such table: jobs"), "text", null, undefined])(
    "is ours when it is %s",
    (error) => {
      expect(isTransient(error)).toBe(false);
    },
  );
});
