/** From what is typed to a job's params and back, checked against the contract's own schemas. */
import { describe, expect, test } from "vitest";
import { animate } from "#contract/job-types/animate.ts";
import { imageToSvg, imageToSvgParamsSchema } from "#contract/job-types/image-to-svg.ts";
import { logoTo3d, logoTo3dParamsSchema } from "#contract/job-types/logo-to-3d.ts";
import { describeJobType } from "#contract/job-types/registry.ts";
import { textTo3d, textTo3dParamsSchema } from "#contract/job-types/text-to-3d.ts";
import { type Field, toFields } from "../../../../pages/src/features/parameters/form-model.ts";
import { isActive, toFormErrors, toParams, toValues } from "../../../../pages/src/features/parameters/form-values.ts";

const logo = toFields(describeJobType(logoTo3d).paramsSchema);
const text = toFields(describeJobType(textTo3d).paramsSchema);
const svg = toFields(describeJobType(imageToSvg).paramsSchema);
const animation = toFields(describeJobType(animate).paramsSchema);
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

  test("that are absent are not sent, and come back absent", () => {
    const { params, errors } = toParams(svg, toValues(svg));
    expect(errors).toEqual({});
    expect(imageToSvgParamsSchema.parse(params)).toEqual(imageToSvgParamsSchema.parse({}));
    for (const name of ["fidelity", "colors", "curves", "maxBytes"]) expect(params).not.toHaveProperty(name);
  });

  test("of every kind come back as they were", () => {
    const params = imageToSvgParamsSchema.parse({
      preset: "logo",
      colors: 12,
      palette: ["#ff8800", "#000"],
      curves: "spline",
      maxBytes: 1_500_000,
      formats: ["svg", "pdf"],
    });
    const { params: sent } = toParams(svg, toValues(svg, params));
    expect(imageToSvgParamsSchema.parse(sent)).toEqual(params);
  });

  test("have effect when every other parameter agrees, a list when one of its items does", () => {
    const activeOf = (name: string, changes: Record<string, string | boolean | readonly string[]>) =>
      isActive(animation.find((field) => field.name === name) as Field, { ...toValues(animation), ...changes });
    expect(activeOf("smoothing", {})).toBe(false);
    expect(activeOf("smoothing", { removeBackground: true })).toBe(true);
    expect(activeOf("compression", { formats: ["gif", "webp"] })).toBe(true);
    expect(activeOf("compression", { formats: ["gif"] })).toBe(false);
    const both = { ...(animation[0] as Field), onlyIf: { removeBackground: [true], formats: ["webm", "apng"] } };
    const values = { ...toValues(animation), removeBackground: true };
    expect([isActive(both, values), isActive(both, { ...values, formats: ["apng"] })]).toEqual([false, true]);
  });

  test.each([
    ["1.5 MB", 1_500_000],
    ["200 kB", 200_000],
    ["200", 200_000],
    ["0.5 kB", "At least 1.0 kB."],
    ["51 MB", "At most 50.0 MB."],
    ["much MB", "Enter a number."],
    ["kB", "Enter a number."],
  ])("%s is taken for %s", (typed, expected) => {
    const { params, errors } = toParams(svg, { ...toValues(svg), maxBytes: typed });
    expect(errors.maxBytes ?? params.maxBytes).toBe(expected);
  });

  test("refuse a palette with a colour that is none, or too many", () => {
    const errorOf = (palette: string[]) => toParams(svg, { ...toValues(svg), palette }).errors.palette;
    expect([errorOf(["#fff", "red"]), errorOf(Array(65).fill("#ffffff")), errorOf([])]).toEqual([
      "Enter colours like #ff8800.",
      "At most 64 colours.",
      undefined,
    ]);
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
