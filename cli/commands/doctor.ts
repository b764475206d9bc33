/** `kiln doctor`: what is installed and what is missing, here and at the server, each with the command that mends it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { KilnError } from "#client/kiln-error.ts";
import { JSON_FLAG, readArguments, SERVER_FLAGS } from "../arguments/flags.ts";
import { writeJson } from "../display/json-lines.ts";
import { type Color, duration, type Paint, painter } from "../display/table.ts";
import { EXIT } from "../exit-codes.ts";
import { type Caller, connect, type ServerFlags, whoCalls } from "../server/connect.ts";
import type { Terminal } from "../terminal.ts";
import { PACKAGE_ROOT, readVersion } from "../version.ts";
import type { Command } from "./command.ts";

/** `note`: nothing is wrong, and something could be added. */
interface Finding {
  readonly name: string;
  readonly state: "ok" | "missing" | "note";
  readonly text: string;
  /** The command or setting that mends it. */
  readonly fix?: string;
}

const FLAGS = [
  { name: "local", summary: "only what is on this machine" },
  { name: "server", summary: "only what the server says" },
  JSON_FLAG,
  ...SERVER_FLAGS,
];
const RUNNER_DOCTOR = join(PACKAGE_ROOT, "gpu-runner/doctor.ts");
/** What the packages of the repository need. */
const NODE_MAJOR = 22;
/** Signed URLs and shares are dated by the server's clock. */
const MAX_SKEW_S = 60;

export const doctor: Command = {
  name: "doctor",
  group: "This machine",
  summary: "what is installed, what is missing, and the command that mends it",
  usage: ["doctor [--local | --server]"],
  description:
    "Looks at Node, the engines and their models, the GPU, the disk; the server, its version and clock, your key.\nExits with 1 when something is missing.",
  flags: FLAGS,
  examples: [["doctor --server --api https://kiln.example.com", ""]],
  words: ["none", "none"],
  run: doctorCommand,
};

async function doctorCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const given = readArguments(args, FLAGS);
  const parts: [title: string, findings: () => Promise<Finding[]>][] = [];
  if (!given.has("server")) parts.push(["This machine", () => machineFindings(terminal)]);
  if (!given.has("local")) parts.push(["Server", () => serverFindings(given, terminal)]);
  const looked = await Promise.all(parts.map(async ([title, find]) => ({ title, findings: await find() })));
  const missing = looked.flatMap(({ findings }) => findings).filter(({ state }) => state === "missing");
  if (given.has("json"))
    for (const { findings } of looked) for (const finding of findings) writeJson(terminal.stdout, finding);
  else terminal.stdout.write(report(looked, painter(terminal.stdout, terminal.env)));
  return missing.length === 0 ? EXIT.ok : EXIT.jobFailed;
}

const MARKS: Readonly<Record<Finding["state"], readonly [string, Color]>> = {
  ok: ["ok", "green"],
  missing: ["MISSING", "red"],
  note: ["note", "yellow"],
};

function report(looked: readonly { title: string; findings: readonly Finding[] }[], paint: Paint): string {
  const all = looked.flatMap(({ findings }) => findings);
  const width = Math.max(...all.map(({ name }) => name.length));
  const parts = looked.map(({ title, findings }) => {
    const lines = findings.map(({ name, state, text, fix }) => {
      const [mark, color] = MARKS[state];
      const mend = fix === undefined ? "" : `\n${" ".repeat(width + 13)}→ ${fix}`;
      return `  ${paint(color, mark.padEnd(7))}  ${name.padEnd(width)}  ${text}${mend}\n`;
    });
    return `${title}\n${lines.join("")}`;
  });
  const missing = all.filter(({ state }) => state === "missing").length;
  const verdict = missing === 0 ? "Nothing is missing." : `${missing} missing.`;
  return `${parts.join("\n")}\n${verdict}\n`;
}

async function machineFindings({ env, signal }: Terminal): Promise<Finding[]> {
  const major = Number(process.versions.node.split(".")[0]);
  const node: Finding = { name: "Node", state: "ok", text: `${process.versions.node} runs kiln ${readVersion()}` };
  if (!existsSync(RUNNER_DOCTOR)) {
    const text = "not part of this package; they are needed by kiln local and by runners only";
    return [node, { name: "engines", state: "note", text }];
  }
  if (major < NODE_MAJOR) {
    return [
      { ...node, state: "missing", text: `${process.versions.node}; ${NODE_MAJOR} is needed`, fix: "npm run setup" },
    ];
  }
  const child = spawn(process.execPath, [RUNNER_DOCTOR], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...env },
    signal,
  });
  const [lines] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return [
    node,
    ...lines
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Finding),
  ];
}

async function serverFindings(given: ServerFlags, terminal: Terminal): Promise<Finding[]> {
  const caller = await whoCalls(given, terminal);
  const { api } = caller;
  let response: Response;
  const asked = Date.now();
  try {
    response = await fetch(`${api}/health`, {
      signal: AbortSignal.any([terminal.signal, AbortSignal.timeout(10_000)]),
    });
  } catch {
    terminal.signal.throwIfAborted();
    return [
      {
        name: "server",
        state: "missing",
        text: `${api} does not answer`,
        fix: "npm start, or name another: --api URL",
      },
    ];
  }
  const kiln = await connect(given, terminal);
  const health = response.ok ? await kiln.health({ signal: terminal.signal }).catch(() => null) : null;
  if (health === null) {
    return [
      {
        name: "server",
        state: "missing",
        text: `${api} answers ${response.status}, which Kiln does not`,
        fix: "--api URL",
      },
    ];
  }
  const working = health.runners.filter(({ ready }) => ready).length;
  const same = health.version === readVersion();
  return [
    { name: "server", state: "ok", text: api },
    {
      name: "version",
      state: same ? "ok" : "note",
      text: same ? health.version : `the server is ${health.version}, this command ${readVersion()}`,
    },
    working > 0
      ? { name: "runners", state: "ok", text: `${working} ready` }
      : {
          name: "runners",
          state: "missing",
          text: "none is ready: jobs wait until one comes",
          fix: "npm start runs one beside the server",
        },
    clockFinding(response, asked, Date.now()),
    await keyFinding(caller, kiln, terminal),
  ];
}

/** How far the clocks are apart; the server's answer tells its second. */
function clockFinding(response: Response, asked: number, answered: number): Finding {
  const name = "clock";
  const server = Date.parse(response.headers.get("Date") ?? "");
  if (Number.isNaN(server)) return { name, state: "note", text: "the server does not tell its time" };
  const skewS = Math.max(0, Math.abs(server + 500 - (asked + answered) / 2) / 1000 - 0.5);
  if (skewS <= MAX_SKEW_S)
    return { name, state: "ok", text: `within ${Math.max(1, Math.ceil(skewS))} s of the server's` };
  const text = `${duration(skewS)} away from the server's: links look expired, or not yet valid`;
  return { name, state: "missing", text, fix: "set this machine's clock, e.g. timedatectl set-ntp true" };
}

async function keyFinding(
  { key }: Caller,
  kiln: Awaited<ReturnType<typeof connect>>,
  { signal }: Terminal,
): Promise<Finding> {
  const name = "key";
  if (key === undefined)
    return { name, state: "note", text: "none: you are an anonymous visitor with a session", fix: "kiln login" };
  try {
    const { scopes } = await kiln.caller({ signal });
    return { name, state: "ok", text: `${key.slice(0, 14)}… may ${scopes.join(", ")}` };
  } catch (error) {
    if (!(error instanceof KilnError)) throw error;
    return { name, state: "missing", text: error.message, fix: "kiln login, with a key that is valid" };
  }
}
