/** Runs schemathesis against a stack of its own and says what came of it. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { cacheDirectory, pythonEnvironment } from "../../gpu-runner/engines/python-environment.mjs";
import { localSecrets } from "../../scripts/stack/local-secrets.ts";
import { type Stack, startStack } from "../../scripts/stack/stack.ts";
import { fuzzConfig } from "./fuzz-config.ts";
import { makeUserKey, prepareThings, registerRunner } from "./prepared-things.ts";

export interface FuzzOptions {
  /** Random cases of each call and phase, beside those that follow from the schemas. */
  readonly examples: number;
  /** The same seed, the same cases. */
  readonly seed: number;
  /** Which phases of schemathesis; all of them when absent. */
  readonly phases?: readonly string[];
  /** Only calls with these operationIds; all when absent. */
  readonly operations?: readonly string[];
  /** Told what schemathesis prints. */
  readonly log?: (line: string) => void;
}

export interface FuzzSummary {
  readonly operations: number;
  readonly cases: number;
  /** Different failures of checks, and cases that could not be tried. */
  readonly failures: number;
  /** Answers of 500 and above. */
  readonly serverErrors: number;
  readonly seconds: number;
  /** What schemathesis printed. */
  readonly output: string;
}

/** A runner that is not heard of for 45 s is not counted as live. */
const REGISTER_EVERY_MS = 15_000;
/** Files of 5 GB may be announced, as the description says. */
const VARIABLES = { MAX_UPLOAD_BYTES: "5000000000", ANON_MAX_UPLOAD_BYTES: "5000000000" };

export async function runFuzz(options: FuzzOptions): Promise<FuzzSummary> {
  const folder = await mkdtemp(join(tmpdir(), "kiln-fuzz-"));
  let stack: Stack | null = null;
  let heartbeat: NodeJS.Timeout | undefined;
  try {
    const stateDir = join(folder, "state");
    stack = await startStack({ port: 0, stateDir, runners: 0, site: false, workerVariables: VARIABLES });
    const { url } = stack;
    const { RUNNER_KEY: runner, ADMIN_KEY: admin } = localSecrets(stateDir);
    await registerRunner(url, runner);
    heartbeat = setInterval(() => registerRunner(url, runner).catch(() => undefined), REGISTER_EVERY_MS);
    const credentials = { user: await makeUserKey(url, admin), runner, admin };
    const things = await prepareThings(url, credentials);
    await writeFile(join(folder, "schemathesis.toml"), fuzzConfig(things, credentials, await operationIds(url)));
    return await schemathesis(url, folder, options);
  } finally {
    clearInterval(heartbeat);
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function operationIds(url: string): Promise<Set<string>> {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  return new Set(Object.values(paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId)));
}

/** The part of schemathesis' report that is read. */
interface Report {
  readonly complete: boolean;
  readonly running_time: number;
  readonly operations: { readonly tested: number };
  readonly test_cases: { readonly generated: number; readonly unique_failures: number; readonly errored: number };
  readonly failures: readonly { readonly code: string; readonly count: number }[];
  readonly errors: readonly { readonly count: number }[];
}

async function schemathesis(url: string, folder: string, options: FuzzOptions): Promise<FuzzSummary> {
  const { python } = pythonEnvironment("api-fuzz", cacheDirectory(process.env));
  const report = join(folder, "report.json");
  const child = execa(
    python,
    [
      ...["-m", "schemathesis.cli", "--config-file", join(folder, "schemathesis.toml"), "--no-color"],
      ...["run", `${url}/openapi.json`, "--checks", "all", "--seed", String(options.seed)],
      ...["--max-examples", String(options.examples), "--generation-database", "none"],
      ...["--report", "json", "--report-json-path", report],
      ...(options.phases ? ["--phases", options.phases.join(",")] : []),
      ...(options.operations ?? []).flatMap((operation) => ["--include-operation-id", operation]),
    ],
    { cwd: folder, all: true, reject: false, env: { SCHEMATHESIS_HOOKS: join(import.meta.dirname, "hooks.py") } },
  );
  for await (const line of child.iterable({ from: "all" })) options.log?.(line);
  const { all: output } = await child;
  const text = await readFile(report, "utf8").catch(() => null);
  if (text === null) throw new Error(`schemathesis made no report:\n${output}`);
  const {
    complete,
    running_time: seconds,
    operations,
    test_cases: cases,
    failures,
    errors,
  } = JSON.parse(text) as Report;
  if (!complete) throw new Error(`schemathesis did not come to its end:\n${output}`);
  const sum = (counts: readonly { readonly count: number }[]) => counts.reduce((total, { count }) => total + count, 0);
  return {
    operations: operations.tested,
    cases: cases.generated,
    failures: cases.unique_failures + sum(errors),
    serverErrors: sum(failures.filter(({ code }) => code === "ST101")),
    seconds,
    output: String(output),
  };
}
