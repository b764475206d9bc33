/** Job type definitions: what forms and flags rely on. */
import { describe, expect, it } from "vitest";
import { findOutput, numberedName } from "#contract/job-types/job-type.ts";
import { describeJobType, findJobType, JOB_TYPES } from "#contract/job-types/registry.ts";
import { artifactNameSchema } from "#contract/manifest.ts";
import { jobTypeInfoSchema } from "#contract/public-api.ts";

interface PropertySchema {
  title?: string;
  default?: unknown;
  whenAbsent?: string;
}

describe.each(JOB_TYPES.map((type) => [type.name, type] as const))("%s", (name, type) => {
  it("is found by its name and described by the public schema", () => {
    expect(findJobType(name)).toBe(type);
    expect(jobTypeInfoSchema.parse(JSON.parse(JSON.stringify(describeJobType(type))))).toMatchObject({ name });
  });

  it("gives every parameter a title, and every one that is not required a default or a meaning of its absence", () => {
    const { properties, required = [] } = describeJobType(type).paramsSchema as {
      properties: Record<string, PropertySchema>;
      required?: string[];
    };
    for (const [key, property] of Object.entries(properties)) {
      expect(property.title, key).toBeTruthy();
      if (!required.includes(key)) expect(property.default ?? property.whenAbsent, key).toBeDefined();
    }
  });

  it("names artifacts that may be stored, and stages once each", () => {
    for (const { name: output } of type.outputs) {
      expect(artifactNameSchema.safeParse(numberedName(output, 1)).success).toBe(true);
      expect(findOutput(type, numberedName(output, 1))?.name).toBe(output);
    }
    const stages = type.stages.map((stage) => stage.name);
    expect(new Set(stages).size).toBe(stages.length);
  });

  it("has main outputs, so that its jobs can be inputs of others; no preview is among them", () => {
    const main = type.outputs.filter((output) => output.main).map((output) => output.name);
    expect(main.length).toBeGreaterThan(0);
    expect(main.join(" ")).not.toMatch(/preview|before|after|mask|poster|report/);
  });

  it("refuses parameters it does not know", () => {
    expect(type.params.safeParse({ text: "x", nonsense: 1 }).success).toBe(false);
  });
});
