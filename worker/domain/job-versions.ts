/** What is different between two versions of an asset: parameters, versions of tools, files. */
import type { Job } from "#contract/job.ts";
import type { JobComparison, JobVersions, ParamChange } from "#contract/public-api.ts";
import { canonicalJson } from "./cache-key.ts";

type Params = Job["params"];

/** The parameters that differ, by name. One that is not set counts as null. */
export function changedParams(from: Params, to: Params): ParamChange[] {
  return namesOfBoth(from, to).flatMap((param) => {
    const [before, after] = [from[param] ?? null, to[param] ?? null];
    return canonicalJson(before) === canonicalJson(after) ? [] : [{ param, from: before, to: after }];
  });
}

/** The versions of an asset, newest first, each with what changed against the job it is a rerun of, if that is among `known`. */
export function listVersions(versions: readonly Job[], known: ReadonlyMap<string, Job>): JobVersions["versions"] {
  const sorted = [...versions].sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
  return sorted.map(({ id, state, createdAt, finishedAt, typeVersion, params, rerunOf, pinned, cached, purgedAt }) => {
    const before = rerunOf === null ? undefined : known.get(rerunOf);
    const changed = before ? changedParams(before.params, params) : null;
    return { id, state, createdAt, finishedAt, typeVersion, params, rerunOf, pinned, cached, purgedAt, changed };
  });
}

/** How `to` differs from `from`, a job of the same type. One that has no result has no tools and no files. */
export function compareJobs(from: Job, to: Job): JobComparison {
  const [tools, otherTools] = [from.manifest?.versions ?? {}, to.manifest?.versions ?? {}];
  const [files, otherFiles] = [filesByName(from), filesByName(to)];
  return {
    job: from.id,
    with: to.id,
    params: changedParams(from.params, to.params),
    typeVersion: { from: from.typeVersion, to: to.typeVersion },
    versions: namesOfBoth(tools, otherTools).flatMap((name) => {
      const [before, after] = [tools[name] ?? null, otherTools[name] ?? null];
      return before === after ? [] : [{ name, from: before, to: after }];
    }),
    artifacts: namesOfBoth(files, otherFiles).map((name) => {
      const [before, after] = [files[name], otherFiles[name]];
      const same = before !== undefined && before.sha256 === after?.sha256;
      return { name, same, from: before?.bytes ?? null, to: after?.bytes ?? null };
    }),
  };
}

function filesByName({ manifest }: Job): Record<string, { readonly bytes: number; readonly sha256: string }> {
  return Object.fromEntries((manifest?.artifacts ?? []).map((artifact) => [artifact.name, artifact]));
}

function namesOfBoth(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}
