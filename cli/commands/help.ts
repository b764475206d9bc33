/** Help texts: of the command, and of a job type from its JSON Schema. */
import type { JobTypeInfo } from "#contract/public-api.ts";
import { type ParamSchema, paramSchemas, toKebab } from "../arguments/param-flags.ts";

export const HELP = `kiln: files in, 3D and image assets out

  kiln run TYPE FILE… [--param value …] [-o DIR]     run a job on a server and download what it made
  kiln run TYPE FILE… --then TYPE … [-o DIR]         a chain: each job works on what the one before has made
  kiln rerun JOB [--param value …] [-o DIR]          another version of a job, with other parameters
  kiln pin JOB · kiln unpin JOB                      keep the files of a job; needs the key that it was made with
  kiln local TYPE FILE… [--param value …] [-o DIR]   the job on this machine, without a server
  kiln types                                         what can be asked for
  kiln run TYPE --help                               the parameters of a job type

Flags
  -o, --out DIR   where files are written (default: out)
  --api URL       the server (default: KILN_API, else http://127.0.0.1:8787)
  --key KEY       API key (default: KILN_API_KEY, else anonymous)
  --all           of a chain, what every job has made, not only the last one
  --no-cache      run the job though the result of an equal one is there
  --json          the result as one JSON object on standard output

Parameters are written --depthMm 3 or --depth-mm 3. Lists repeat or take commas: --formats glb,usdz.
A comma in a name is written \\,
A type that takes one file makes a job of each when there are several, as a batch: a folder for each in DIR.
Behind --then stand the parameters of that type.

Examples
  kiln run logo-to-3d logo.svg --depth-mm 6 --formats glb,stl -o model
  kiln run image-to-svg logos/ -o svgs               one job for each picture of the folder
  kiln run remove-background photo.png --then image-to-svg --preset logo --then logo-to-3d --depth-mm 6
  kiln local text-to-3d --text "Hello" --font serif --bevel-mm 0.6
  kiln local remove-background photos/ --background sky.jpg -o cutouts
  kiln run photogrammetry photos/ --until check      which of the photos are good enough for a model
  kiln run photogrammetry photos/ --drop IMG_3.jpg --drop IMG_9.jpg -o model

Exit codes: 0 the files are there · 1 the job failed · 2 wrong command line · 3 no server · 130 interrupted
`;

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
    `\nParameters\n${params.join("")}\nWrites\n${outputs.join("")}  ${"manifest.json".padEnd(16)} What was made, how, and with what\n`
  );
}
