/** Who somebody is to the server and how much they may have, in words. Pure. */
import type { Scope } from "#contract/access.ts";
import type { Caller } from "#contract/caller.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { formatBytes } from "../../formatting.ts";

/** Whether the caller is more than a session: then things are kept for them. */
export const isKnown = ({ kind }: Pick<Caller, "kind">): boolean => kind === "account" || kind === "person";

/** Whether the caller may have presets of their own, and see them. */
export const mayHavePresets = (caller: Pick<Caller, "kind" | "scopes">): boolean =>
  isKnown(caller) && caller.scopes.includes("read");

/** The job type with files as large as this caller may send; as the server tells everybody while that is not known. */
export function limited(type: JobTypeInfo, caller: Pick<Caller, "limits"> | null): JobTypeInfo {
  const maxBytes = Math.min(type.inputs.maxBytes, caller?.limits.uploadBytes ?? Number.POSITIVE_INFINITY);
  return maxBytes === type.inputs.maxBytes ? type : { ...type, inputs: { ...type.inputs, maxBytes } };
}

/** A sentence for each limit that holds. */
export function limitWords({ kind, limits }: Pick<Caller, "kind" | "limits">): string[] {
  const where = kind === "account" || kind === "person" ? "" : " from one address";
  const { jobsPerHour, bytesPerDay, jobsInFlight, uploadBytes } = limits;
  return [
    ...(jobsPerHour === null ? [] : [`${jobsPerHour.toLocaleString("en")} jobs an hour${where}`]),
    ...(jobsInFlight === null ? [] : [`${jobsInFlight.toLocaleString("en")} jobs waiting or running at a time`]),
    ...(bytesPerDay === null ? [] : [`${formatBytes(bytesPerDay)} of uploads a day${where}`]),
    `Files of up to ${formatBytes(uploadBytes)}`,
  ];
}

/** What a scope lets one do. */
export const SCOPE_WORDS: Readonly<Record<Scope, string>> = {
  read: "See jobs, files and usage",
  write: "Upload, make, change and delete",
  webhooks: "Manage webhooks",
  keys: "Manage API keys",
};
