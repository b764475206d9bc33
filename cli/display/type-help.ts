/** The help text of a job type, from its JSON Schema. */
import type { JobTypeInfo } from "#contract/public-api.ts";
import { type ParamSchema, paramSchemas, toKebab } from "../arguments/param-flags.ts";

/** More values than this are listed below the flag, not behind it. */
const MAX_INLINE_CHOICES = 8;

function placeholder(schema: ParamSchema): string {
  if (schema.type === "boolean") return "";
  if (schema.enum) return schema.enum.length > MAX_INLINE_CHOICES ? " NAME" : ` ${schema.enum.join("|")}`;
  if (schema.type === "array") return ` ${schema.items?.enum ? schema.items.enum.join(",") : "A,B,…"}`;
  if (schema.format === "color") return " #rrggbb";
  const unit = /^[a-z]+$/i.test(schema.unit ?? "") ? schema.unit?.toUpperCase() : undefined;
  return ` ${unit ?? (schema.type === "string" ? "TEXT" : "N")}`;
}

function details(schema: ParamSchema, required: boolean): string {
  const unit = schema.unit && !/^[a-z]+$/i.test(schema.unit) ? ` ${schema.unit}` : "";
  const range =
    schema.minimum !== undefined && schema.maximum !== undefined && schema.type !== "string"
      ? `${schema.minimum} to ${schema.maximum}${unit}`
      : "";
  const shown = Array.isArray(schema.default)
    ? schema.default.join(",")
    : String(schema.default ?? schema.whenAbsent ?? "");
  const fallback = required ? "needed" : shown === "" ? "" : `default ${shown}`;
  const facts = [range, fallback].filter(Boolean).join(", ");
  const text = `${schema.title ?? ""}${schema.description ? `: ${schema.description}` : ""}${facts ? ` (${facts})` : ""}`;
  return `${text}\n${choices(schema)}`;
}

/** What the values of an enum are, where the names alone don't say it. */
function choices({ choices = {} }: ParamSchema): string {
  const entries = Object.entries(choices);
  const width = Math.max(0, ...entries.map(([value]) => value.length));
  const line = ([value, { title, note }]: (typeof entries)[number]) =>
    `        ${value.padEnd(width)}  ${title}${note ? `: ${note}` : ""}\n`;
  return entries.map(line).join("");
}

/** What a job type takes: files, every parameter with range and default, and what it writes. */
export function typeHelp(type: JobTypeInfo, command: "run" | "local"): string {
  const required = new Set((type.paramsSchema.required ?? []) as string[]);
  const files =
    type.inputs.max === 0 ? "" : type.inputs.min === 0 ? " [FILE]" : type.inputs.max === 1 ? " FILE" : " FILE…";
  const params = Object.entries(paramSchemas(type.paramsSchema)).map(
    ([name, schema]) => `  --${toKebab(name)}${placeholder(schema)}\n      ${details(schema, required.has(name))}`,
  );
  const outputs = type.outputs.slice(0, 12).map(({ name, description }) => `  ${name.padEnd(16)} ${description}\n`);
  const accepted = type.inputs.extensions.join(" ") || "any";
  const roles = type.inputs.roles.map(
    ({ name, label, extensions }) => `  --${name} FILE\n      ${label}: ${extensions.join(" ")}\n`,
  );
  return (
    `kiln ${command} ${type.name}${files} [--param value …] [-o DIR]\n\n${type.description}\n` +
    (type.inputs.max === 0 ? "" : `\nFile (${type.inputs.label}): ${accepted}\n`) +
    (roles.length > 0 ? `\nFiles beside it\n${roles.join("")}` : "") +
    presetLines(type) +
    `\nParameters\n${params.join("")}\nWrites\n${outputs.join("")}  ${"manifest.json".padEnd(16)} What was made, how, and with what\n` +
    `\nkiln help ${command} shows the flags that all types have.\n`
  );
}

function presetLines({ presets }: JobTypeInfo): string {
  const width = Math.max(0, ...presets.map(({ name }) => name.length));
  const lines = presets.map(({ name, title, description }) => {
    return `  ${name.padEnd(width)}  ${title}${description === "" ? "" : `: ${description}`}\n`;
  });
  return lines.length === 0 ? "" : `\nPresets (--preset NAME)\n${lines.join("")}`;
}
