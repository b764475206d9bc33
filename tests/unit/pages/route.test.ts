/** Addresses of the site. */
import { expect, test } from "vitest";
import { JOB_TYPES } from "#contract/job-types/registry.ts";
import { KINDS } from "../../../pages/src/kinds.ts";
import { batchPath, composePath, jobPath, parseRoute } from "../../../pages/src/route.ts";

const ID = `job_${"0".repeat(26)}`;

test("everything that can be made has an address, and a slash at the end does not matter", () => {
  const typeAt = (path: string) => {
    const route = parseRoute(path);
    return route.name === "compose" ? route.type : null;
  };
  expect(["/", "/text", "/svg/", "/cutout", "/animate", "/photos"].map(typeAt)).toEqual([
    "logo-to-3d",
    "text-to-3d",
    "image-to-svg",
    "remove-background",
    "animate",
    "photogrammetry",
  ]);
});

test("the menu leads to every job type that is meant for users", () => {
  expect(KINDS.map(({ type }) => type)).toEqual(JOB_TYPES.map(({ name }) => name).filter((name) => name !== "echo"));
});

test("a job's address leads back to the job, a batch's to the batch", () => {
  const batch = `bat_${"0".repeat(26)}`;
  expect(parseRoute(batchPath(batch))).toEqual({ name: "batch", id: batch });
  expect(parseRoute(jobPath(ID))).toEqual({ name: "job", id: ID });
});

test("a link's address is that of its token, and the account has one", () => {
  expect(parseRoute("/s/a1.b2.c3.k1.d-_4")).toEqual({ name: "shared", token: "a1.b2.c3.k1.d-_4" });
  expect(parseRoute("/account/")).toEqual({ name: "account" });
});

test.each(["/s/", "/s/a/b", "/account/keys", "/jobs/", "/jobs/job_1", `/jobs/${ID}/x`, "/nowhere", `/batch/${ID}`])(
  "%s is nothing",
  (path) => {
    expect(parseRoute(path)).toEqual({ name: "unknown" });
  },
);

test("a type without a form of its own starts at the start page", () => {
  expect([composePath("text-to-3d"), composePath("echo")]).toEqual(["/text", "/"]);
});
