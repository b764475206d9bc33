/** Presets as what a form is filled with. */
import { expect, test } from "vitest";
import { describeJobType, JOB_TYPES } from "#contract/job-types/registry.ts";
import { MAX_UPLOAD_BYTES } from "#contract/limits.ts";
import { toFields } from "../../../../pages/src/features/parameters/form-model.ts";
import { toParams, toValues } from "../../../../pages/src/features/parameters/form-values.ts";
import {
  filledWith,
  freeName,
  presetName,
  presetOf,
  savedParams,
  titleProblem,
} from "../../../../pages/src/features/presets/preset-fill.ts";

const TYPES = JOB_TYPES.map((type) => describeJobType(type, MAX_UPLOAD_BYTES));
const logo = TYPES.find(({ name }) => name === "logo-to-3d") as (typeof TYPES)[number];
const fields = toFields(logo.paramsSchema);
const DEFAULTS = { params: {} };

test("a preset fills the form: its parameters, and the defaults for all others", () => {
  const changed = { ...toValues(fields), depthMm: "17" };
  const filled = filledWith(fields, changed, { widthMm: 33 });
  expect(filled).toEqual({ ...toValues(fields), widthMm: "33" });
});

test("the text that a visitor has entered stays", () => {
  const text = TYPES.find(({ name }) => name === "text-to-3d") as (typeof TYPES)[number];
  const textFields = toFields(text.paramsSchema);
  const typed = { ...toValues(textFields), text: "Hello" };
  for (const { params } of text.presets) expect(filledWith(textFields, typed, params).text).toBe("Hello");
});

test("the form is known to be as a preset has it until something is changed", () => {
  const presets = [DEFAULTS, { params: { widthMm: 33 } }];
  expect(presetOf(fields, toValues(fields), presets)).toBe(0);
  const filled = filledWith(fields, toValues(fields), { widthMm: 33 });
  expect(presetOf(fields, filled, presets)).toBe(1);
  expect(presetOf(fields, { ...filled, widthMm: "34" }, presets)).toBe(-1);
});

test("every preset of every type can be told from the defaults, and makes a form without mistakes", () => {
  for (const type of TYPES) {
    const all = toFields(type.paramsSchema);
    for (const [i, preset] of type.presets.entries()) {
      const filled = filledWith(all, { ...toValues(all), text: "Hi" }, preset.params);
      expect(toParams(all, filled).errors).toEqual({});
      expect(presetOf(all, filled, [DEFAULTS, ...type.presets]), `${type.name}: ${preset.name}`).toBe(i + 1);
    }
  }
});

test.each([
  ["Shop window, 2nd", "shop-window-2nd"],
  ["Größe Ä", "gro-e-a"],
  ["---", "preset"],
  [`${"a".repeat(39)} b`, "a".repeat(39)],
])("the name of %s is %s", (title, name) => {
  expect(presetName(title)).toBe(name);
});

test("titles of which nothing is left, or the same, do not take each other's place", () => {
  expect(freeName("看板", [])).toBe("preset");
  expect(freeName("標識", ["preset"])).toBe("preset-2");
  expect(freeName("Shop!", ["shop", "shop-2"])).toBe("shop-3");
  const long = "a".repeat(40);
  expect(freeName(long, [long])).toBe(`${"a".repeat(38)}-2`);
});

test("a title that is there already is refused, however it is written", () => {
  const others = [{ title: "The defaults" }, { title: "Shop window" }];
  expect(titleProblem("SHOP window", others)).toMatch(/“Shop window” already/);
  expect(titleProblem("Shop windows", others)).toBeNull();
});

test("a form with mistakes can't be kept: the fields are named", () => {
  const wrong = { ...toValues(fields), widthMm: "wide" };
  expect(savedParams(fields, wrong).problem).toBe("Mend this first: Width.");
  expect(savedParams(fields, toValues(fields)).problem).toBeNull();
});
