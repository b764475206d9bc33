/**
 * The Worker in plain Miniflare: bundled by esbuild, bound as wrangler.toml says, state in a folder. Costs a fraction of
 * `wrangler dev` per request, because no proxy stands in between.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type V4MiniflareOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig, unstable_splitSqlQuery } from "wrangler";
import { tieWorkerd } from "./tied-child.ts";

const ROOT = join(import.meta.dirname, "../..");
const WRANGLER_CONFIG = join(ROOT, "wrangler.toml");

export interface WorkerServerOptions {
  readonly port: number;
  readonly stateDir: string;
  /** Secrets and other variables on top of wrangler.toml's. */
  readonly variables: Readonly<Record<string, string>>;
  /** Whether the site is served; it must have been built. */
  readonly site: boolean;
  /** What the Worker writes to its console. */
  readonly log: (line: string) => void;
}

export interface WorkerServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Where `wrangler dev --persist-to` would put it too, so that `start` and `dev` share one state. */
export function persistenceDir(stateDir: string): string {
  return join(stateDir, "worker");
}

/**
 * Ids of all objects of that class of a local stack, as hex: Miniflare keeps each object of a class in a SQLite file that is named so.
 */
export async function localObjects(stateDir: string, className: "JobObject" | "BatchObject"): Promise<string[]> {
  const { name } = unstable_readConfig({ config: WRANGLER_CONFIG }, { hideWarnings: true });
  const folder = join(persistenceDir(stateDir), "v3/do", `${name}-${className}`);
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return files.flatMap((file) => /^([0-9a-f]{64})\.sqlite$/.exec(file)?.[1] ?? []).sort();
}

/** Starts the Worker; resolves once it answers and its database is up to date. */
export async function startWorker(options: WorkerServerOptions): Promise<WorkerServer> {
  tieWorkerd();
  const config = unstable_readConfig({ config: WRANGLER_CONFIG }, { hideWarnings: true });
  const { workerOptions, main } = unstable_getMiniflareWorkerOptions(config);
  // Rules for module types matter to a bundler only, and esbuild has done that.
  const {
    modulesRules: _unused,
    assets,
    ...bindings
  } = workerOptions as typeof workerOptions & { modulesRules?: unknown };
  const script = await bundle(main as string);
  const miniflareOptions = {
    host: "127.0.0.1",
    port: options.port,
    cf: false,
    telemetry: { enabled: false },
    resourcePersistencePath: join(persistenceDir(options.stateDir), "v3"),
    log: new Log(LogLevel.ERROR),
    handleStructuredLogs: ({ level, message }: { level: string; message: string }) =>
      options.log(`${level}: ${message}`),
    workers: [
      {
        ...bindings,
        ...(options.site ? { assets } : {}),
        name: config.name,
        modules: true,
        script,
        bindings: { ...(bindings.bindings as Record<string, unknown>), ...options.variables },
      },
    ],
  } as unknown as V4MiniflareOptions;
  const miniflare = withoutSignalHandlers(() => new Miniflare(convertV4MiniflareOptions(miniflareOptions)));
  try {
    const url = (await miniflare.ready).origin;
    for (const { binding, migrations_dir } of config.d1_databases) {
      await applyMigrations(await miniflare.getD1Database(binding), join(ROOT, migrations_dir ?? "migrations"));
    }
    return { url, stop: () => miniflare.dispose() };
  } catch (error) {
    await miniflare.dispose();
    throw error;
  }
}

/** Miniflare ends the process at the first signal; here runners are to give their jobs back before it goes. */
function withoutSignalHandlers<T>(make: () => T): T {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const before = new Map(signals.map((name) => [name, new Set(process.listeners(name))]));
  const made = make();
  for (const name of signals) {
    for (const listener of process.listeners(name)) {
      if (!before.get(name)?.has(listener)) process.removeListener(name, listener);
    }
  }
  return made;
}

async function bundle(main: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [main],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    sourcemap: "inline",
    sourcesContent: false,
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}

type Database = Awaited<ReturnType<Miniflare["getD1Database"]>>;

/** Applies what `wrangler d1 migrations apply` would, and records it in the same table. */
async function applyMigrations(database: Database, directory: string): Promise<void> {
  await database
    .prepare(
      "CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, " +
        "applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)",
    )
    .run();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const applied = new Set(results.map(({ name }) => name));
  const files = (await readdir(directory)).filter((name) => name.endsWith(".sql")).sort();
  for (const name of files.filter((file) => !applied.has(file))) {
    const statements = unstable_splitSqlQuery(await readFile(join(directory, name), "utf8"));
    // One batch is one transaction: a migration is applied whole, or not at all.
    await database.batch([
      ...statements.map((sql) => database.prepare(sql)),
      database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
    ]);
  }
}
