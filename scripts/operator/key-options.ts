/** Options of `npm run keys`: what is to be done with which keys. */
import { parseArgs } from "node:util";
import { type AdminCreateKeyRequest, adminCreateKeyRequestSchema, SCOPES } from "#contract/access.ts";
import { type ServerOptions, serverOptions } from "./operator-options.ts";

export type KeyCommand =
  | { readonly do: "create"; readonly request: AdminCreateKeyRequest }
  | { readonly do: "list"; readonly account: string | undefined }
  | { readonly do: "revoke"; readonly key: string };

const UNIT_MS = { h: 3_600_000, d: 24 * 3_600_000 };
const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const OPTIONS = {
  ...{ name: text, account: text, scopes: text, expires: text, limit: text, url: text, state: text, "admin-key": text },
  ...{ runner: flag, help: { ...flag, short: "h" } },
} as const;
type Values = { [K in keyof typeof OPTIONS]?: (typeof OPTIONS)[K]["type"] extends "string" ? string : boolean };

/** Which options each command takes, besides those that name the server. */
const TAKES: Readonly<Record<KeyCommand["do"], readonly (keyof Values)[]>> = {
  create: ["name", "account", "scopes", "expires", "limit", "runner"],
  list: ["account"],
  revoke: [],
};
const SERVER: readonly (keyof Values)[] = ["url", "state", "admin-key", "help"];

/** Reads the options, "help", or a sentence about what is wrong. `now`: epoch ms. */
export function readKeyOptions(
  args: readonly string[],
  { now = Date.now(), cwd = process.env.INIT_CWD ?? process.cwd() } = {},
):
  | { readonly command: KeyCommand; readonly server: ServerOptions }
  | { readonly help: true }
  | { readonly error: string } {
  let parsed: { values: Values; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return { error: (error as Error).message };
  }
  const { values, positionals } = parsed;
  if (values.help || positionals.length === 0) return { help: true };
  const command = readCommand(positionals, values, now);
  if ("error" in command) return command;
  const server = serverOptions(values, cwd);
  return "error" in server ? server : { command, server: { ...server, adminKey: values["admin-key"] } };
}

function readCommand(
  [name = "", ...rest]: readonly string[],
  values: Values,
  now: number,
): KeyCommand | { readonly error: string } {
  if (name !== "create" && name !== "list" && name !== "revoke") {
    return { error: `"${name}" is none of create, list and revoke.` };
  }
  const odd = Object.keys(values).find((option) => ![...TAKES[name], ...SERVER].includes(option as keyof Values));
  if (odd) return { error: `keys ${name} takes no --${odd}.` };
  const [key, ...more] = rest;
  if (name === "revoke" && key !== undefined && more.length === 0) return { do: name, key };
  if (name === "revoke") return { error: "Name one key: its id (key_…) or its name." };
  if (key !== undefined) return { error: `keys ${name} takes options only, not "${key}".` };
  if (name === "list") return { do: name, account: values.account };
  return readRequest(values, now);
}

function readRequest(
  { name, account, scopes, expires, limit, runner }: Values,
  now: number,
): KeyCommand | { readonly error: string } {
  if (name === undefined) return { error: 'Give the key a name that says what it is for: --name "Shop".' };
  const [, count, unit] = /^([1-9]\d{0,4})([dh])$/.exec(expires ?? "1d") ?? [];
  if (!unit) return { error: `--expires ${expires} is no time like 90d or 12h.` };
  const parsed = adminCreateKeyRequestSchema.safeParse({
    ...{ name, account, kind: runner ? "runner" : "user" },
    scopes: scopes?.split(",").map((scope) => scope.trim()),
    expiresAt: expires === undefined ? null : now + Number(count) * UNIT_MS[unit as "d" | "h"],
    jobsPerHour: limit === undefined ? null : Number(limit),
  });
  if (parsed.success) return { do: "create", request: parsed.data };
  const { path, message } = parsed.error.issues[0] ?? { path: [], message: "" };
  const option = { jobsPerHour: "limit", kind: "runner" }[String(path[0])] ?? String(path[0]);
  const hint = option === "scopes" ? ` There are: ${SCOPES.join(", ")}.` : "";
  return { error: `--${option}: ${message}.${hint}` };
}
