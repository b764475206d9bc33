/** The set-up program itself. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseAptPackages } from "../../../../scripts/setup/apt-packages.mjs";
import { wantedEnvironment } from "../../../../scripts/setup/wanted-device.mjs";

const ROOT = join(import.meta.dirname, "../../../..");

test("a word it does not know is refused with those it knows", () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/setup.mjs", "everything"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stderr).toContain('Unknown set-up "everything". Choose one of: node, demo, all, fuzz, test.');
});

test("with nothing to do it is silent and succeeds", () => {
  const result = spawnSync(process.execPath, ["scripts/setup.mjs", "node"], { cwd: ROOT, encoding: "utf8" });
  expect(result).toMatchObject({ status: 0, stdout: "", stderr: "" });
});

test("it imports nothing that would have to be installed first", () => {
  const { stdout } = spawnSync("git", ["ls-files", "scripts/setup*"], { cwd: ROOT, encoding: "utf8" });
  const files = [...stdout.trim().split("\n"), "gpu-runner/engines/python-environment.mjs"];
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    const text = readFileSync(join(ROOT, file), "utf8");
    const specifiers = [...text.matchAll(/^(?:import|export) .*from "(.+)";$/gm)].map((match) => match[1] as string);
    for (const specifier of specifiers) expect(specifier, file).toMatch(/^(?:node:|\.{1,2}\/.*\.mjs$)/);
  }
});

test("apt packages are read by need; comments and empty lines are not packages", () => {
  const needs = parseAptPackages("# libraries\nblender: libgl1 libsm6  # two\n\nbrowser: chromium\n");
  expect(needs).toEqual(
    new Map([
      ["blender", ["libgl1", "libsm6"]],
      ["browser", ["chromium"]],
    ]),
  );
});

test("every need that set-up names has its Debian packages", () => {
  const known = parseAptPackages(readFileSync(join(ROOT, "scripts/apt-packages.txt"), "utf8"));
  expect([...known.keys()]).toEqual(expect.arrayContaining(["blender", "preview", "video", "vector", "browser"]));
});

test("rembg is set up for the GPU where there is a driver, unless KILN_DEVICE says otherwise", () => {
  expect(wantedEnvironment("rembg", {}, false)).toBe("rembg");
  expect(wantedEnvironment("rembg", {}, true)).toBe("rembg-cuda");
  expect(wantedEnvironment("rembg", { KILN_DEVICE: "cpu" }, true)).toBe("rembg");
  expect(wantedEnvironment("rembg", { KILN_DEVICE: "cuda" }, false)).toBe("rembg-cuda");
  expect(() => wantedEnvironment("rembg", { KILN_DEVICE: "gpu" }, true)).toThrow(/KILN_DEVICE is "gpu"; choose one of/);
});
