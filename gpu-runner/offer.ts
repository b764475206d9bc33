/** Finds out which job types this machine can do: those whose engines are installed and do start. */

import type { Clock } from "./clock.ts";
import type { Engine } from "./engines/engine.ts";
import type { EngineName, Engines } from "./engines/engines.ts";
import type { Recipe } from "./jobs/job.ts";
import { errorText, type RunnerLog } from "./runner-log.ts";

/** A child that has not said `ready` by then never will. The first start after an installation is the slowest. */
const WARM_UP_MS = 180_000;

export interface Offer {
  /** Recipes that work here, by type name. */
  readonly recipes: ReadonlyMap<string, Recipe>;
  /** Engine name → version, of those that are installed. */
  readonly engines: Readonly<Record<string, string>>;
}

/** Probes the engines of the wanted recipes. What is missing is logged with its fix. Throws for a wanted type that does not exist. */
export async function findOffer(
  recipes: ReadonlyMap<string, Recipe>,
  engines: Engines,
  wanted: readonly string[] | undefined,
  log: RunnerLog,
): Promise<Offer> {
  const unknown = wanted?.filter((name) => !recipes.has(name)) ?? [];
  if (unknown.length > 0)
    throw new Error(
      `KILN_JOB_TYPES names unknown job types: ${unknown.join(", ")}. Known: ${[...recipes.keys()].join(", ")}`,
    );
  const candidates = new Map([...recipes].filter(([name]) => wanted?.includes(name) ?? true));
  const versions: Record<string, string> = {};
  await Promise.all(
    enginesOf(candidates).map(async (name) => {
      const probe = await (engines[name] as Engine).probe();
      if (probe.ok) versions[name] = probe.version;
      else log.warn("engine missing", { engine: name, missing: probe.missing, fix: probe.fix });
    }),
  );
  return { recipes: keepWorking(candidates, new Set(Object.keys(versions))), engines: versions };
}

/** Warms the engines of the offer and leaves out what can't be started. Resolves when the rest is warm. */
export async function warmOffer(offer: Offer, engines: Engines, clock: Clock, log: RunnerLog): Promise<Offer> {
  const working = new Set(Object.keys(offer.engines));
  await Promise.all(
    enginesOf(offer.recipes).map(async (name) => {
      const engine = engines[name] as Engine;
      const startedAt = clock.now();
      try {
        engine.warm();
        await withinWarmUp(engine.ready(), clock);
        log.info("engine is warm", { engine: name, ms: Math.round(clock.now() - startedAt) });
      } catch (error) {
        working.delete(name);
        log.warn("engine does not start", { engine: name, error: errorText(error) });
      }
    }),
  );
  return { recipes: keepWorking(offer.recipes, working), engines: offer.engines };
}

async function withinWarmUp(ready: Promise<void>, clock: Clock): Promise<void> {
  const done = new AbortController();
  const late = clock.sleep(WARM_UP_MS, done.signal).then(() => {
    if (!done.signal.aborted) throw new Error(`not ready after ${WARM_UP_MS / 1000} s`);
  });
  try {
    await Promise.race([ready, late]);
  } finally {
    done.abort();
  }
}

function enginesOf(recipes: ReadonlyMap<string, Recipe>): EngineName[] {
  return [...new Set([...recipes.values()].flatMap((recipe) => recipe.engines))];
}

function keepWorking(recipes: ReadonlyMap<string, Recipe>, working: ReadonlySet<string>): Map<string, Recipe> {
  return new Map([...recipes].filter(([, recipe]) => recipe.engines.every((name) => working.has(name))));
}
