/** Forms from the JSON Schema of job types: the real ones, so that a new parameter can't be forgotten. */
import { describe, expect, test } from "vitest";
import { describeJobType, JOB_TYPES } from "#contract/job-types/registry.ts";
import { optionLabel, toFields } from "../../../../pages/src/features/parameters/form-model.ts";
import { formFields, kindOf } from "../../../../pages/src/kinds.ts";

const schemaOf = (name: string) => {
  const type = JOB_TYPES.find((known) => known.name === name);
  if (!type) throw new Error(`no job type ${name}`);
  return describeJobType(type).paramsSchema;
};
const fieldsOf = (name: string) => new Map(toFields(schemaOf(name)).map((field) => [field.name, field]));

describe("a job type's form", () => {
  test.each(JOB_TYPES.map(({ name }) => name))(
    "of %s has a field for every parameter but those its page decides itself",
    (name) => {
      const { properties } = schemaOf(name) as { properties: object };
      const decided = kindOf(name)?.photos?.decided ?? [];
      const fields = formFields({ name, paramsSchema: schemaOf(name) }).map((field) => field.name);
      expect([...fields, ...decided].toSorted()).toEqual(Object.keys(properties).toSorted());
    },
  );

  test("of photos knows only parameters there are", () => {
    const { properties } = schemaOf("photogrammetry") as { properties: object };
    const { decided = [], forVideo = [], beforeLook = [] } = kindOf("photogrammetry")?.photos ?? {};
    for (const name of [...decided, ...forVideo, ...beforeLook]) expect(properties).toHaveProperty(name);
  });

  test("shows texts first and formats last", () => {
    const names = [...fieldsOf("text-to-3d").keys()];
    expect([names[0], names.at(-1)]).toEqual(["text", "formats"]);
  });

  test("takes label, unit, range and default of a number from the schema", () => {
    expect(fieldsOf("logo-to-3d").get("depthMm")).toMatchObject({
      kind: "number",
      label: "Depth",
      unit: "mm",
      min: 0.1,
      max: 500,
      default: 4,
      integer: false,
    });
    expect(fieldsOf("logo-to-3d").get("bevelSegments")).toMatchObject({
      kind: "number",
      integer: true,
      advanced: true,
    });
  });

  test("knows colours, choices, several choices, long texts and switches", () => {
    const logo = fieldsOf("logo-to-3d");
    expect(logo.get("color")).toMatchObject({ kind: "color", default: null, required: false });
    const plate = logo.get("basePlate");
    expect(plate?.kind === "choice" && plate.options).toEqual([
      { value: "none", label: "None", note: null },
      { value: "rounded", label: "Rounded", note: null },
      { value: "outline", label: "Outline", note: null },
    ]);
    expect(logo.get("formats")).toMatchObject({ kind: "choices", min: 1, default: ["glb", "usdz", "stl"] });
    expect(fieldsOf("text-to-3d").get("text")).toMatchObject({
      kind: "text",
      multiline: true,
      required: true,
      maxLength: 500,
    });
    expect(fieldsOf("echo").get("crash")).toMatchObject({ kind: "toggle", default: false });
  });

  test("hides what has no effect without a base plate", () => {
    expect(fieldsOf("logo-to-3d").get("basePlateMarginMm")?.onlyIf).toEqual({ basePlate: ["rounded", "outline"] });
  });

  test("gives the values of an enumeration their titles and notes, a model its licence", () => {
    const model = fieldsOf("remove-background").get("model");
    const options = model?.kind === "choice" ? model.options : [];
    expect(options.find(({ value }) => value === "bria-rmbg")?.note).toBe("CC-BY-NC-4.0: not for commercial use");
    expect(options.find(({ value }) => value === "u2net")).toMatchObject({ label: "U²-Net, general" });
    const formats = fieldsOf("animate").get("formats");
    expect(formats?.kind === "choices" && formats.options[0]).toEqual({
      value: "webp",
      label: "WebP",
      note: "Small, every browser",
    });
  });

  test("keeps what an absent value means, and takes bytes and palettes for what they are", () => {
    const svg = fieldsOf("image-to-svg");
    expect(svg.get("curves")).toMatchObject({ kind: "choice", default: null, whenAbsent: "By preset" });
    expect(svg.get("fidelity")).toMatchObject({ kind: "number", default: null, whenAbsent: "By picture" });
    expect(svg.get("maxBytes")).toMatchObject({ kind: "bytes", min: 1_000, default: null, whenAbsent: "No limit" });
    expect(svg.get("palette")).toMatchObject({ kind: "palette", max: 64, default: [] });
    expect(fieldsOf("animate").get("smoothing")?.onlyIf).toEqual({ removeBackground: [true] });
  });

  test("begins with the preset", () => {
    expect([...fieldsOf("image-to-svg").keys()][0]).toBe("preset");
  });

  test("leaves out a parameter of a kind it does not know", () => {
    const schema = { type: "object", properties: { matrix: { type: "object" }, ok: { type: "boolean" } } };
    expect(toFields(schema).map(({ name }) => name)).toEqual(["ok"]);
  });

  test("refuses what is no object schema", () => {
    expect(() => toFields({ properties: 5 })).toThrow();
  });
});

test("words of an enumeration are shown as words, abbreviations in capitals", () => {
  expect(["rounded", "pixel-art", "cjk", "webp", "4:5"].map(optionLabel)).toEqual([
    "Rounded",
    "Pixel art",
    "CJK",
    "WebP",
    "4:5",
  ]);
});
