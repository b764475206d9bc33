import { describe, expect, it } from "vitest";
import { presetParams } from "#contract/job-types/job-type.ts";
import { JOB_TYPES } from "#contract/job-types/registry.ts";
import { textTo3d } from "#contract/job-types/text-to-3d.ts";
import { presetNameSchema, putPresetRequestSchema } from "#contract/preset.ts";

const PRESETS = JOB_TYPES.flatMap((type) =>
  type.presets.map((preset) => [`${type.name} ${preset.name}`, type, preset] as const),
);

describe.each(JOB_TYPES.map((type) => [type.name, type] as const))("%s", (_, { presets }) => {
  it("has two to four presets, each under a name of its own", () => {
    expect(presets.length).toBeGreaterThanOrEqual(2);
    expect(presets.length).toBeLessThanOrEqual(4);
    expect(new Set(presets.map(({ name }) => name)).size).toBe(presets.length);
  });
});

describe.each(PRESETS)("%s", (_, type, { name, title, description, params }) => {
  it("is a valid submission once the parameters are given that the type needs", () => {
    const needed = type === textTo3d ? { text: "Kiln" } : {};
    expect(type.params.safeParse({ ...needed, ...params }).error).toBeUndefined();
  });

  it("changes something, and is named and described like any other", () => {
    const needed = type === textTo3d ? { text: "Kiln" } : {};
    expect(type.params.parse({ ...needed, ...params })).not.toEqual(type.params.parse(needed));
    expect(presetNameSchema.safeParse(name).success).toBe(true);
    expect(putPresetRequestSchema.safeParse({ title, description, params }).success).toBe(true);
  });
});

it("a preset holds some of a type's parameters, right ones, and nothing else", () => {
  const schema = presetParams(textTo3d);
  expect(schema.safeParse({}).success).toBe(true);
  expect(schema.safeParse({ depthMm: -1 }).success).toBe(false);
  expect(schema.safeParse({ nonsense: 1 }).success).toBe(false);
});

it.each(["", "Shop", "a b", "-a", "a--b", "a_b", "ä", "../x", "a".repeat(41)])("%j is no name for a preset", (name) => {
  expect(presetNameSchema.safeParse(name).success).toBe(false);
});
