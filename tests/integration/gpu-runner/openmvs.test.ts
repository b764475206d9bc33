/** The OpenMVS engine with stand-ins for its programs, which no registry has: what they are called with, and how they fail. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { OpenMvsEngine } from "../../../gpu-runner/engines/openmvs.ts";
import { ProcessError } from "../../../gpu-runner/process/process-error.ts";

let dir: string;
let bin: string;
let scratch: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "kiln-openmvs-"));
  await chmod(dir, 0o777);
  [bin, scratch] = [join(dir, "bin"), join(dir, "scratch")];
  for (const folder of [bin, scratch]) {
    await mkdir(folder);
    await chmod(folder, 0o777);
  }
});
afterEach(() => rm(dir, { recursive: true }));

/** A program that notes how it was called, and writes what its --output-file says unless `body` fails. */
async function program(name: string, body = ""): Promise<void> {
  const path = join(bin, name);
  const note = `echo "$(basename "$0") $*" >> ${join(scratch, "calls")}`;
  const write = 'while [ $# -gt 0 ]; do [ "$1" = --output-file ] && echo "$0" > "$2"; shift; done';
  await writeFile(path, `#!/bin/sh\n${note}\n${body}\n${write}\n`);
  await chmod(path, 0o755);
}

const request = () => ({
  undistortedDir: join(dir, "undistorted"),
  scratchDir: scratch,
  resolutionLevel: 2,
  threads: 2,
});
const run = (onLog: (line: string) => void = () => {}) => ({
  signal: new AbortController().signal,
  workDir: scratch,
  tag: crypto.randomUUID(),
  timeoutMs: 20_000,
  onLog,
});

describe("OpenMVS", () => {
  test("is off unless its folder is named, and says which program is missing there", async () => {
    expect(await new OpenMvsEngine(undefined).probe()).toMatchObject({ ok: false, missing: "OpenMVS" });
    await program("InterfaceCOLMAP");
    const incomplete = await new OpenMvsEngine(bin).probe();
    expect(incomplete).toMatchObject({ ok: false, missing: "OpenMVS's program DensifyPointCloud" });
  });

  test("reads the cameras, measures depth and makes a surface, each program with what the one before wrote", async () => {
    for (const name of ["InterfaceCOLMAP", "DensifyPointCloud", "ReconstructMesh"]) await program(name);
    const engine = new OpenMvsEngine(bin);
    expect(await engine.probe()).toMatchObject({ ok: true });
    const surface = await engine.reconstruct(request(), run());
    expect(await readFile(surface, "utf8")).toContain("ReconstructMesh");
    const calls = (await readFile(join(scratch, "calls"), "utf8")).trim().split("\n");
    const at = (name: string) => join(scratch, name);
    expect(calls).toEqual([
      `InterfaceCOLMAP --input-file ${join(dir, "undistorted")} --output-file ${at("scene.mvs")} --working-folder ${scratch} --max-threads 2`,
      `DensifyPointCloud --input-file ${at("scene.mvs")} --output-file ${at("dense.mvs")} --resolution-level 2 --working-folder ${scratch} --max-threads 2`,
      `ReconstructMesh --input-file ${at("dense.mvs")} --output-file ${at("surface.ply")} --export-type ply --working-folder ${scratch} --max-threads 2`,
    ]);
  });

  test("fails with the program's last words when one fails, and none is run after it", async () => {
    await program("InterfaceCOLMAP");
    await program("DensifyPointCloud", "echo out of memory >&2; exit 3");
    await program("ReconstructMesh");
    const lines: string[] = [];
    const failure = await new OpenMvsEngine(bin)
      .reconstruct(
        request(),
        run((line) => lines.push(line)),
      )
      .catch((error) => error);
    expect(failure).toBeInstanceOf(ProcessError);
    expect(lines).toContain("out of memory");
    expect(await readFile(join(scratch, "calls"), "utf8")).not.toContain("ReconstructMesh");
  });
});
