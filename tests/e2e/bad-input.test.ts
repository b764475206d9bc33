/**
 * Files that can't become a model, through the whole real stack: each ends at once with a code and a sentence, without
 * a retry, without Blender, and with nothing left on the runner's disk.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Kiln } from "#client/kiln.ts";
import { pixelBomb, truncatedPicture } from "../helpers/hostile-files.ts";
import { blenderChildren } from "../helpers/processes.ts";
import { type ScratchStack, startScratchStack } from "../helpers/scratch-stack.ts";

let stack: ScratchStack;
let kiln: Kiln;
let workDir: string;

beforeAll(async () => {
  stack = await startScratchStack("logo-to-3d");
  ({ kiln, workDir } = stack);
});

afterAll(() => stack?.stop());

const svg = (body: string, head = "") =>
  `${head}<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">${body}</svg>`;

/** Ten references to the level below, six levels: a million circles in 600 bytes. */
const USE_BOMB = svg(
  `<defs><circle id="a0" r="1"/>${[1, 2, 3, 4, 5, 6]
    .map((level) => `<g id="a${level}">${`<use href="#a${level - 1}"/>`.repeat(10)}</g>`)
    .join("")}</defs><use href="#a6"/>`,
);
const ENTITIES = `<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>`;

describe("a file that can't become a model", () => {
  it.each<[string, string, string | Promise<Buffer> | Buffer, string]>([
    ["is a text", "notes.svg", "Dear diary, this is no picture.", "input_invalid"],
    [
      "is random bytes",
      "logo.png",
      Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 89 + 7) % 251)),
      "input_invalid",
    ],
    ["is one byte", "logo.jpg", "x", "input_invalid"],
    [
      "is an SVG cut off in the middle",
      "cut.svg",
      svg('<path d="M0 0h9v9z"/><path d="M1').slice(0, -8),
      "input_invalid",
    ],
    ["is a PNG cut off in the middle", "cut.png", truncatedPicture("png"), "input_invalid"],
    ["is a JPG cut off in the middle", "cut.jpg", truncatedPicture("jpeg"), "input_invalid"],
    ["is a picture of 900 megapixels in 1 kB", "bomb.png", pixelBomb(), "input_too_large"],
    ["is an SVG with entities", "entities.svg", svg("<desc>&b;</desc>", ENTITIES), "input_invalid"],
    ["is an SVG that expands to a million shapes", "bomb.svg", USE_BOMB, "input_too_large"],
    ["is an SVG without a shape", "empty.svg", svg(""), "nothing_to_draw"],
    [
      "is an SVG of which nothing can be seen",
      "hidden.svg",
      svg('<path d="M0 0h9v9z" opacity="0"/>'),
      "nothing_to_draw",
    ],
    ["is an SVG with text that is not outlines", "text.svg", svg("<text y='5'>Hi</text>"), "input_invalid"],
  ])(
    "because it %s is refused at once, in words, without Blender, and leaves nothing behind",
    async (_why, filename, content, code) => {
      const blender = await blenderChildren(workDir);
      expect(blender).not.toEqual([]);
      const upload = await kiln.upload(new Blob([(await content) as BlobPart]), { filename });
      const { id } = await kiln.createJob({ type: "logo-to-3d", inputs: [{ upload: upload.id }] });
      for await (const _ of kiln.events(id));
      const job = await kiln.job(id);
      expect(job).toMatchObject({ state: "failed", attempt: 1, error: { code } });
      expect(job.error?.message).toMatch(/^.{20,}\.$/s);
      // The warm Blender waits on: it was not taken.
      expect(await blenderChildren(workDir)).toEqual(blender);
      await expect.poll(async () => await leftInWorkspaces()).toEqual([]);
    },
  );
});

/** Files of any attempt that are still on the runner's disk; `child-…` are the homes of the children that wait. */
async function leftInWorkspaces(): Promise<string[]> {
  const names = (await readdir(workDir, { recursive: true })).filter((name) => !name.startsWith("child-"));
  const read = await Promise.all(
    names.map(async (name) => ((await readFile(join(workDir, name)).catch(() => null)) ? [name] : [])),
  );
  return read.flat();
}
