/** Which dropped files become inputs. */
import { describe, expect, test } from "vitest";
import { animate } from "#contract/job-types/animate.ts";
import { logoTo3d } from "#contract/job-types/logo-to-3d.ts";
import { describeJobType } from "#contract/job-types/registry.ts";
import { inputOfFile } from "../../../../pages/src/features/compose/draft.ts";
import { join, refusalText, takeFiles } from "../../../../pages/src/features/compose/take-files.ts";

const animation = describeJobType(animate).inputs;
const logo = describeJobType(logoTo3d).inputs;
const gif = (name: string) => new File(["GIF89a…"], name);
const input = (name: string, type = "image/gif") => inputOfFile(gif(name), type);
const names = (inputs: readonly { filename: string }[]) => inputs.map(({ filename }) => filename);

describe("dropped files", () => {
  test("are added in their order, and wrong ones are refused by name", async () => {
    const files = [gif("a.gif"), new File(["hello"], "notes.txt"), gif("b.gif"), new File([], "c.gif")];
    const { inputs, refused } = await takeFiles([input("0.gif")], files, animation);
    expect(names(inputs)).toEqual(["0.gif", "a.gif", "b.gif"]);
    expect(inputs[1]).toMatchObject({ type: "image/gif", upload: null, role: null });
    expect(names(refused)).toEqual(["notes.txt", "c.gif"]);
    expect(refused[0]?.reason).toMatch(/^This is a file of another kind\. Choose an MP4/);
  });

  test("change nothing when none is good", async () => {
    const current = [input("0.gif")];
    expect((await takeFiles(current, [new File(["hello"], "notes.txt")], animation)).inputs).toBe(current);
  });

  test("stay in order beyond those that are read at once", async () => {
    const files = Array.from({ length: 40 }, (_, i) => gif(`${i}.gif`));
    expect(names((await takeFiles([], files, animation)).inputs)).toEqual(
      names(files.map((f) => ({ filename: f.name }))),
    );
  });

  test("take the place of the one there is where only one is taken", async () => {
    const png = new File([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, ...Array(25).fill(0)])], "b.png");
    const svg = new File(["<svg ></svg>"], "c.svg");
    const taken = await takeFiles([input("a.gif")], [svg, png], logo);
    expect(names(taken.inputs)).toEqual(["b.png"]);
    expect(taken.refused).toEqual([{ filename: "c.svg", reason: "Only one file is taken at a time." }]);
  });
});

describe("a video", () => {
  const video = input("clip.mp4", "video/mp4");

  test("takes the place of pictures, and refuses what came with it", () => {
    const taken = join([input("a.gif")], [input("b.gif"), video], 500);
    expect(names(taken.inputs)).toEqual(["clip.mp4"]);
    expect(taken.refused).toEqual([{ filename: "b.gif", reason: "A video is worked on by itself." }]);
  });

  test("is one input of several where photos and videos of one thing are taken together", () => {
    const second = input("round2.mp4", "video/mp4");
    expect(names(join([input("a.gif")], [video, second, input("b.gif")], 500, false).inputs)).toEqual([
      "a.gif",
      "clip.mp4",
      "round2.mp4",
      "b.gif",
    ]);
  });

  test("gives way to pictures", () => {
    expect(names(join([video], [input("a.gif"), input("b.gif")], 500).inputs)).toEqual(["a.gif", "b.gif"]);
  });
});

test("files beyond the limit are left out, the first ones stay", () => {
  const taken = join(
    [input("a.gif")],
    ["b.gif", "c.gif", "d.gif"].map((name) => input(name)),
    3,
  );
  expect(names(taken.inputs)).toEqual(["a.gif", "b.gif", "c.gif"]);
  expect(taken.refused).toEqual([{ filename: "d.gif", reason: "Up to 3 files can be taken." }]);
});

test("refusals are told in one sentence or two, with names", () => {
  const refusal = (filename: string) => ({ filename, reason: "This file is empty. Choose another one." });
  expect(refusalText([])).toBeNull();
  expect(refusalText([refusal("a.gif")])).toBe("a.gif: This file is empty. Choose another one.");
  expect(refusalText(["a", "b", "c", "d", "e"].map(refusal))).toBe(
    "a: This file is empty. Choose another one. Also left out: b, c and 2 more.",
  );
});
