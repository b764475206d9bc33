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
  readonly onlyIf: Readonly<Record<string, readonly string[]>> | null;
  readonly required: boolean;
}

export interface NumberField extends FieldBase {
  readonly kind: "number";
  readonly unit: string | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly integer: boolean;
  readonly default: number | null;
}
export interface ChoiceField extends FieldBase {
  readonly kind: "choice";
  readonly options: readonly string[];
  readonly default: string | null;
}
export interface ChoicesField extends FieldBase {
  readonly kind: "choices";
  readonly options: readonly string[];
  readonly min: number;
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
export type Field = NumberField | ChoiceField | ChoicesField | TextField | ColorField | ToggleField;

/** The part of JSON Schema that job types use. */
const propertySchema = z.object({
  type: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.string()).optional(),
  items: z.object({ enum: z.array(z.string()) }).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minItems: z.number().optional(),
  maxLength: z.number().optional(),
  format: z.string().optional(),
  unit: z.string().optional(),
  multiline: z.boolean().optional(),
  advanced: z.boolean().optional(),
  onlyIf: z.record(z.string(), z.array(z.string())).optional(),
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
  };
  const text = typeof property.default === "string" ? property.default : null;
  if (property.enum) return { ...base, kind: "choice", options: property.enum, default: text };
  switch (property.type) {
    case "number":
    case "integer":
      return {
        ...base,
        kind: "number",
        unit: property.unit ?? null,
        min: property.minimum ?? null,
        max: property.maximum ?? null,
        integer: property.type === "integer",
        default: typeof property.default === "number" ? property.default : null,
      };
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
      if (!property.items) return null;
      return {
        ...base,
        kind: "choices",
        options: property.items.enum,
        min: property.minItems ?? 0,
        default: z.array(z.string()).catch([]).parse(property.default),
      };
    default:
      return null;
  }
}

/** A value of an enumeration as a word: "rounded" → "Rounded", "cjk" → "CJK" (no vowel: an abbreviation). */
export function optionLabel(option: string): string {
  if (option.length <= 4 && !/[aeiouy]/.test(option)) return option.toUpperCase();
  return option.charAt(0).toUpperCase() + option.slice(1).replaceAll(/[-_]/g, " ");
}
