/**
 * What the visitor has entered, as the inputs hold it, and its way into a job's `params` and back. Pure. Checks what the
 * schema says, so that a mistake is shown at its field before anything is sent; the server checks again.
 */
import type { FieldError } from "#contract/problem.ts";
import { formatBytes, formatNumber } from "../../formatting.ts";
import { bytesOf, toTypedBytes } from "./bytes-text.ts";
import type { BytesField, Field, NumberField } from "./form-model.ts";

/**
 * Numbers are kept as typed ("" and "1." are states of typing), bytes with their unit ("1.5 MB"). An optional value that
 * is not set is "".
 */
export type FieldValue = string | boolean | readonly string[];
export type FormValues = Readonly<Record<string, FieldValue>>;
/** A sentence per wrong field, by its name. */
export type FormErrors = Readonly<Record<string, string>>;

/** The form as it begins: defaults, or the parameters of an earlier job. */
export function toValues(fields: readonly Field[], params: Readonly<Record<string, unknown>> = {}): FormValues {
  return Object.fromEntries(fields.map((field) => [field.name, toValue(field, params[field.name] ?? field.default)]));
}

function toValue(field: Field, value: unknown): FieldValue {
  switch (field.kind) {
    case "choices":
    case "palette":
      return Array.isArray(value) ? value.map(String) : [];
    case "toggle":
      return value === true;
    case "choice":
      if (typeof value === "string") return value;
      return field.whenAbsent === null ? (field.options[0]?.value ?? "") : "";
    case "bytes":
      return typeof value === "number" ? toTypedBytes(value) : "";
    default:
      return value === null || value === undefined ? "" : String(value);
  }
}

/** Whether a field has any effect, given the other values. A list agrees when one of its items does. */
export function isActive(field: Field, values: FormValues): boolean {
  return Object.entries(field.onlyIf ?? {}).every(([name, wanted]) => {
    const value = values[name];
    const has: readonly string[] = Array.isArray(value) ? value : [String(value)];
    return wanted.some((one) => has.includes(String(one)));
  });
}

/** The `params` of a job, or what is wrong with the values. Fields without effect are left out. */
export function toParams(
  fields: readonly Field[],
  values: FormValues,
): { readonly params: Record<string, unknown>; readonly errors: FormErrors } {
  const params: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    if (!isActive(field, values)) continue;
    const value = values[field.name] ?? "";
    const problem = checkValue(field, value);
    if (problem) errors[field.name] = problem;
    else if (value === "" && !(field.kind === "text" && field.required)) continue;
    else params[field.name] = toParam(field, value);
  }
  return { params, errors };
}

function toParam(field: Field, value: FieldValue): unknown {
  if (field.kind === "number") return Number(value);
  return field.kind === "bytes" ? bytesOf(String(value)) : value;
}

const COLOR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;

/** What is wrong with the value of one field, as a sentence, or null. */
export function checkValue(field: Field, value: FieldValue): string | null {
  switch (field.kind) {
    case "number":
      return checkNumber(field, String(value));
    case "bytes":
      return checkBytes(field, String(value));
    case "text":
      if (field.required && String(value).trim() === "")
        return `Enter ${field.label.toLowerCase() === "text" ? "a text" : `the ${field.label.toLowerCase()}`}.`;
      if (field.maxLength !== null && String(value).length > field.maxLength)
        return `At most ${field.maxLength} characters.`;
      return null;
    case "color":
      if (value === "" && !field.required) return null;
      return COLOR.test(String(value)) ? null : "Enter a colour like #ff8800.";
    case "palette":
      if (!Array.isArray(value)) return null;
      if (field.max !== null && value.length > field.max) return `At most ${field.max} colours.`;
      return value.every((color) => COLOR.test(color)) ? null : "Enter colours like #ff8800.";
    case "choices":
      return Array.isArray(value) && value.length < field.min
        ? `Choose at least ${field.min === 1 ? "one" : field.min}.`
        : null;
    default:
      return null;
  }
}

function checkNumber(field: NumberField, typed: string): string | null {
  const unit = field.unit ? ` ${field.unit}` : "";
  if (typed.trim() === "") return field.required || field.default !== null ? "Enter a number." : null;
  const value = Number(typed);
  if (!Number.isFinite(value)) return "Enter a number.";
  if (field.min !== null && value < field.min) return `At least ${formatNumber(field.min)}${unit}.`;
  if (field.max !== null && value > field.max) return `At most ${formatNumber(field.max)}${unit}.`;
  if (field.integer && !Number.isInteger(value)) return "Enter a whole number.";
  return null;
}

function checkBytes(field: BytesField, typed: string): string | null {
  if (typed.trim() === "") return field.required || field.default !== null ? "Enter a size." : null;
  const bytes = bytesOf(typed);
  if (bytes === null) return "Enter a number.";
  if (field.min !== null && bytes < field.min) return `At least ${formatBytes(field.min)}.`;
  if (field.max !== null && bytes > field.max) return `At most ${formatBytes(field.max)}.`;
  return null;
}

/** The server's complaints about parameters, by field: `params.formats.0` belongs to `formats`. */
export function toFormErrors(errors: readonly FieldError[]): FormErrors {
  return Object.fromEntries(
    errors.flatMap(({ path, message }) => {
      const name = /^params\.([^.]+)/.exec(path)?.[1];
      return name ? [[name, `${message.charAt(0).toUpperCase()}${message.slice(1)}.`.replace(/\.\.$/, ".")]] : [];
    }),
  );
}
