/** Names inside the zips of results. */
import { expect, test } from "vitest";
import { resultNames } from "../../../../../gpu-runner/jobs/remove-background/result-names.ts";

test("folders and names are kept, the extension is the result's", () => {
  expect(resultNames(["a/b/cat.JPEG", "no extension", "v1.2 final.png"], "webp")).toEqual([
    "a/b/cat.webp",
    "no extension.webp",
    "v1.2 final.webp",
  ]);
});

test("equal names get a number, whatever their case, and never one that is taken", () => {
  expect(resultNames(["cat.png", "Cat.jpg", "cat (2).png", "cat.gif", "x/cat.png"], "png")).toEqual([
    "cat.png",
    "Cat (2).png",
    "cat (2) (2).png",
    "cat (3).png",
    "x/cat.png",
  ]);
});

test("nothing leads out of the zip or holds what other systems refuse", () => {
  expect(resultNames(["../../etc/passwd", "/root/a.png", "a\\b:c?.png", "x\u0000y.png", "..", ""], "png")).toEqual([
    "etc/passwd.png",
    "root/a.png",
    "a_b_c_.png",
    "x_y.png",
    "picture.png",
    "picture (2).png",
  ]);
});
