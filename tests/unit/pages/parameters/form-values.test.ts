/** From what is typed to a job's params and back, checked against the contract's own schemas. */
import { describe, expect, test } from "vitest";
import { logoTo3d, logoTo3dParamsSchema } from "#contract/job-types/logo-to-3d.ts";
import { describeJobType } from "#contract/job-types/registry.ts";
import { textTo3d, textTo3dParamsSchema } from "#contract/job-types/text-to-3d.ts";
import { toFields } from "../../../../pages/src/features/parameters/form-model.ts";
import { isActive, toFormErrors, toParams, toValues } from "../../../../pages/src/features/parameters/form-values.ts";

const logo = toFields(describeJobType(logoTo3d).paramsSchema);
const text = toFields(describeJobType(textTo3d).paramsSchema);
const errorsOf = (changes: Record<string, string | readonly string[]>) =>
  toParams(logo, { ...toValues(logo), ...changes }).errors;

describe("values of a form", () => {
  test("as they begin make the params that the server would fill in itself", () => {
    const { params, errors } = toParams(logo, toValues(logo));
    expect(errors).toEqual({});
    expect(logoTo3dParamsSchema.parse(params)).toEqual(logoTo3dParamsSchema.parse({}));
  });

  test("of an earlier job come back as they were", () => {
    const params = textTo3dParamsSchema.parse({
      text: "Grüße\n你好",
      font: "cjk",
      curveMm: -120,
      formats: ["stl"],
      basePlate: "outline",
    });
    expect(toParams(text, toValues(text, params)).params).toEqual(params);
  });

  test("leave out an optional colour that is not set", () => {
    expect(toParams(logo, toValues(logo)).params).not.toHaveProperty("color");
    expect(toParams(logo, { ...toValues(logo), color: "#ff8800" }).params).toMatchObject({ color: "#ff8800" });
  });

  test("leave out what has no effect, even when it is wrong", () => {
    const values = { ...toValues(logo), basePlateDepthMm: "nonsense" };
    expect(toParams(logo, values)).toMatchObject({ errors: {} });
    expect(toParams(logo, values).params).not.toHaveProperty("basePlateDepthMm");
    expect(toParams(logo, { ...values, basePlate: "rounded" }).errors).toEqual({ basePlateDepthMm: "Enter a number." });
  });

  test("show the base plate's fields only with a base plate", () => {
    const margin = logo.find(({ name }) => name === "basePlateMarginMm");
    if (!margin) throw new Error("no margin");
    expect(isActive(margin, toValues(logo))).toBe(false);
    expect(isActive(margin, { ...toValues(logo), basePlate: "outline" })).toBe(true);
  });

  test.each([
    [{ depthMm: "0" }, "depthMm", "At least 0.1 mm."],
    [{ depthMm: "501" }, "depthMm", "At most 500 mm."],
    [{ depthMm: "" }, "depthMm", "Enter a number."],
    [{ bevelSegments: "2.5" }, "bevelSegments", "Enter a whole number."],
    [{ color: "red" }, "color", "Enter a colour like #ff8800."],
    [{ formats: [] }, "formats", "Choose at least one."],
  ])("%j is refused at its field with a sentence", (changes, name, message) => {
    expect(errorsOf(changes)).toEqual({ [name]: message });
  });

  test("refuse a text of spaces and one that is too long", () => {
    const errorOf = (typed: string) => toParams(text, { ...toValues(text), text: typed }).errors.text;
    expect([errorOf("  \n"), errorOf("x".repeat(501)), errorOf("Kiln")]).toEqual([
      "Enter a text.",
      "At most 500 characters.",
      undefined,
    ]);
  });
});

test("the server's complaints are shown at their fields, others are left to the message", () => {
  const errors = toFormErrors([
    { path: "params.depthMm", message: "is too small" },
    { path: "params.formats.0", message: "is not known" },
    { path: "inputs.0.upload", message: "is not known" },
  ]);
  expect(errors).toEqual({ depthMm: "Is too small.", formats: "Is not known." });
});
