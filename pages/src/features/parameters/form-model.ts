/**
 * What a job type's form looks like, made from the JSON Schema of its parameters (`GET /v1/job-types`). Pure. Knows no
 * job type: a new one gets its form without a change here.
 */
import { z } from "zod";

interface FieldBase {
  readonly name: string;
  readonly label: string;
  readonly hint: string | null;
  /** Rarely changed: shown folded. */
  readonly advanced: boolean;
  /** Without effect, and hidden, unless each named parameter has one of these values. */
  readonly onlyIf: Readonly<Record<string, readonly (string | number | boolean)[]>> | null;
  readonly required: boolean;
  /** What it means that the field is empty, in a word or two; null where it has a default. */
  readonly whenAbsent: string | null;
}

/** One value of an enumeration. */
export interface Option {
  readonly value: string;
  readonly label: string;
  readonly note: string | null;
}

export interface NumberField extends FieldBase {
  readonly kind: "number";
  readonly unit: string | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly integer: boolean;
  readonly default: number | null;
}
/** A number of bytes, entered in kB or MB. */
export interface BytesField extends FieldBase {
  readonly kind: "bytes";
  readonly min: number | null;
  readonly max: number | null;
  readonly default: number | null;
}
export interface ChoiceField extends FieldBase {
  readonly kind: "choice";
  readonly options: readonly Option[];
  readonly default: string | null;
}
export interface ChoicesField extends FieldBase {
  readonly kind: "choices";
  readonly options: readonly Option[];
  readonly min: number;
  readonly default: readonly string[];
}
export interface PaletteField extends FieldBase {
  readonly kind: "palette";
  readonly max: number | null;
  readonly default: readonly string[];
}
export interface TextField extends FieldBase {
  readonly kind: "text";
  readonly multiline: boolean;
  readonly maxLength: number | null;
  readonly default: string | null;
}
export interface ColorField extends FieldBase {
  readonly kind: "color";
  readonly default: string | null;
}
export interface ToggleField extends FieldBase {
  readonly kind: "toggle";
  readonly default: boolean;
}
export type Field =
  | NumberField
  | BytesField
  | ChoiceField
  | ChoicesField
  | PaletteField
  | TextField
  | ColorField
  | ToggleField;

/** The part of JSON Schema that job types use. */
const propertySchema = z.object({
  type: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.string()).optional(),
  items: z.object({ type: z.string().optional(), enum: z.array(z.string()).optional() }).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minItems: z.number().optional(),
  maxItems: z.number().optional(),
  maxLength: z.number().optional(),
  format: z.string().optional(),
  unit: z.string().optional(),
  multiline: z.boolean().optional(),
  advanced: z.boolean().optional(),
  whenAbsent: z.string().optional(),
  choices: z.record(z.string(), z.object({ title: z.string(), note: z.string().optional() })).optional(),
  onlyIf: z.record(z.string(), z.array(z.union([z.string(), z.number(), z.boolean()]))).optional(),
});
type Property = z.infer<typeof propertySchema>;

const paramsSchema = z.object({
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
});

/**
 * The fields in the order they are shown: texts first, lists (formats) last, the rest as the job type orders them.
 * A parameter of a kind the form does not know is left out and keeps its default. Throws when `schema` is no object
 * schema.
 */
export function toFields(schema: Readonly<Record<string, unknown>>): Field[] {
  const { properties, required } = paramsSchema.parse(schema);
  const fields = Object.entries(properties).flatMap(([name, property]) => {
    const parsed = propertySchema.safeParse(property);
    const field = parsed.success ? toField(name, parsed.data, required.includes(name)) : null;
    return field ? [field] : [];
  });
  const rank = (field: Field): number => (field.kind === "text" ? 0 : field.kind === "choices" ? 2 : 1);
  return fields.toSorted((a, b) => rank(a) - rank(b));
}

function toField(name: string, property: Property, required: boolean): Field | null {
  const base: FieldBase = {
    name,
    label: property.title ?? name,
    hint: property.description ?? null,
    advanced: property.advanced ?? false,
    onlyIf: property.onlyIf ?? null,
    required,
    whenAbsent: property.whenAbsent ?? null,
  };
  const text = typeof property.default === "string" ? property.default : null;
  const texts = z.array(z.string()).catch([]);
  if (property.enum) {
    return { ...base, kind: "choice", options: toOptions(property.enum, property.choices), default: text };
  }
  switch (property.type) {
    case "number":
    case "integer":
      return toNumberField(base, property);
    case "boolean":
      return { ...base, kind: "toggle", default: property.default === true };
    case "string":
      if (property.format === "color") return { ...base, kind: "color", default: text };
      return {
        ...base,
        kind: "text",
        multiline: property.multiline ?? false,
        maxLength: property.maxLength ?? null,
        default: text,
      };
    case "array":
      if (property.format === "color" && property.items?.type === "string")
        return { ...base, kind: "palette", max: property.maxItems ?? null, default: texts.parse(property.default) };
      if (!property.items?.enum) return null;
      return {
        ...base,
        kind: "choices",
        options: toOptions(property.items.enum, property.choices, (option) => option.toUpperCase()),
        min: property.minItems ?? 0,
        default: texts.parse(property.default),
      };
    default:
      return null;
  }
}

function toNumberField(base: FieldBase, property: Property): NumberField | BytesField {
  const range = {
    min: property.minimum ?? null,
    max: property.maximum ?? null,
    default: typeof property.default === "number" ? property.default : null,
  };
  if (property.unit === "bytes") return { ...base, ...range, kind: "bytes" };
  return { ...base, ...range, kind: "number", unit: property.unit ?? null, integer: property.type === "integer" };
}

/** Values of an enumeration with their titles and notes; without a title of its own, a value's name is made a word. */
function toOptions(values: readonly string[], choices: Property["choices"], wordOf = optionLabel): Option[] {
  return values.map((value) => ({
    value,
    label: choices?.[value]?.title ?? wordOf(value),
    note: choices?.[value]?.note ?? null,
  }));
}

/** Names that are written neither as words nor in capitals. */
const SPELLED: Readonly<Record<string, string>> = { webp: "WebP", webm: "WebM" };

/** A value of an enumeration as a word: "rounded" → "Rounded", "cjk" → "CJK" (no vowel: an abbreviation). */
export function optionLabel(option: string): string {
  if (SPELLED[option]) return SPELLED[option];
  if (option.length <= 4 && /^[a-z]+$/.test(option) && !/[aeiouy]/.test(option)) return option.toUpperCase();
  return option.charAt(0).toUpperCase() + option.slice(1).replaceAll(/[-_]/g, " ");
}
