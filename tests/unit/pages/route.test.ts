/** Addresses of the site. */
import { expect, test } from "vitest";
import { composePath, jobPath, parseRoute } from "../../../pages/src/route.ts";

const ID = `job_${"0".repeat(26)}`;

test("the start page makes a logo, /text a text, and a slash at the end does not matter", () => {
  expect(parseRoute("/")).toEqual({ name: "compose", type: "logo-to-3d" });
  expect(parseRoute("/text")).toEqual({ name: "compose", type: "text-to-3d" });
  expect(parseRoute("/text/")).toEqual({ name: "compose", type: "text-to-3d" });
});

test("a job's address leads back to the job", () => {
  expect(parseRoute(jobPath(ID))).toEqual({ name: "job", id: ID });
});

test.each(["/jobs/", "/jobs/job_1", `/jobs/${ID}/x`, "/nowhere"])("%s is nothing", (path) => {
  expect(parseRoute(path)).toEqual({ name: "unknown" });
});

test("a type without a form of its own starts at the start page", () => {
  expect([composePath("text-to-3d"), composePath("echo")]).toEqual(["/text", "/"]);
});
