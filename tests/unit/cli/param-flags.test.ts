/** Flags become parameters by the job type's schema alone. */
import { describe, expect, test } from "vitest";
import { splitCommandLine } from "../../../cli/arguments/command-line.ts";
import { isBooleanFlag, type ParamSchemas, readParams } from "../../../cli/arguments/param-flags.ts";
import { UsageError } from "../../../cli/exit-codes.ts";

const SCHEMAS: ParamSchemas = {
  depthMm: { type: "number" },
  curveMm: { type: "number" },
  to3d: { type: "string" },
  text: { type: "string", multiline: true },
  crash: { type: "boolean" },
  formats: { type: "array", items: { type: "string" } },
  sizes: { type: "array", items: { type: "integer" } },
};

function read(...args: string[]): { params: Record<string, unknown>; words: readonly string[] } {
  const { words, flags } = splitCommandLine(args, (flag) => isBooleanFlag(SCHEMAS, flag));
  return { words, params: readParams(SCHEMAS, flags, []) };
}

describe("flags", () => {
  test.each([
    ["camelCase", ["--depthMm", "3"], { depthMm: 3 }],
    ["kebab-case", ["--depth-mm", "3"], { depthMm: 3 }],
    ["with an equals sign", ["--depth-mm=3.5"], { depthMm: 3.5 }],
    ["a negative number behind a space", ["--curve-mm", "-30"], { curveMm: -30 }],
    ["a name with a digit", ["--to3d", "x"], { to3d: "x" }],
    ["a value with an equals sign in it", ["--text=a=b"], { text: "a=b" }],
    ["an empty value", ["--text="], { text: "" }],
    ["a line break, typed as \\n", ["--text", "a\\nb"], { text: "a\nb" }],
    ["a boolean alone", ["--crash"], { crash: true }],
    ["a boolean with a value", ["--crash=false"], { crash: false }],
    ["a negated boolean", ["--no-crash"], { crash: false }],
    ["a list with commas", ["--formats", "glb, usdz"], { formats: ["glb", "usdz"] }],
    ["a list of names with commas in them", ["--formats", "a\\, b.jpg,c.jpg"], { formats: ["a, b.jpg", "c.jpg"] }],
    ["a list by repetition", ["--formats", "glb", "--formats", "stl,ply"], { formats: ["glb", "stl", "ply"] }],
    ["a list of numbers", ["--sizes", "1,2"], { sizes: [1, 2] }],
  ])("%s", (_title, args, params) => {
    expect(read(...args).params).toEqual(params);
  });

  test("words before, between and behind flags are files; a boolean does not swallow the next one", () => {
    expect(read("a.svg", "--crash", "b.svg", "--depth-mm", "3", "c.svg").words).toEqual(["a.svg", "b.svg", "c.svg"]);
  });

  test("after -- everything is a word", () => {
    expect(read("--crash", "--", "--depth-mm", "-o").words).toEqual(["--depth-mm", "-o"]);
  });

  test.each([
    ["an unknown short flag", ["-x"], "-x is not known"],
    ["a boolean that is neither", ["--crash=maybe"], "must be true or false"],
    ["a number that is empty", ["--depth-mm="], "must be a number"],
    ["a property every object has", ["--constructor", "x"], "--constructor is not known"],
  ])("%s is refused", (_title, args, message) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(message);
  });
});
