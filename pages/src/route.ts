/** The site's addresses, and how to move between them without loading the page again. */
import { useSyncExternalStore } from "react";
import { batchIdSchema } from "#contract/batch.ts";
import { jobIdSchema } from "#contract/job.ts";
import { KINDS, kindOf } from "./kinds.ts";

export type Route =
  | { readonly name: "compose"; readonly type: string }
  | { readonly name: "job"; readonly id: string }
  | { readonly name: "batch"; readonly id: string }
  | { readonly name: "shared"; readonly token: string }
  | { readonly name: "account" }
  | { readonly name: "unknown" };

/** What an address shows. */
export function parseRoute(pathname: string): Route {
  const path = pathname.length > 1 ? pathname.replace(/\/+$/, "") : pathname;
  const compose = KINDS.find((kind) => kind.path === path);
  if (compose) return { name: "compose", type: compose.type };
  const [, name, id] = /^\/(jobs|batch)\/([^/]+)$/.exec(path) ?? [];
  if (name === "jobs" && jobIdSchema.safeParse(id).success) return { name: "job", id: id as string };
  if (name === "batch" && batchIdSchema.safeParse(id).success) return { name: "batch", id: id as string };
  if (path === "/account") return { name: "account" };
  const token = /^\/s\/([\w.-]+)$/.exec(path)?.[1];
  if (token) return { name: "shared", token };
  return { name: "unknown" };
}

/** Where a job type is composed. */
export const composePath = (type: string): string => kindOf(type)?.path ?? "/";
/** The address of a job, and of a batch; they can be shared. */
export const jobPath = (id: string): string => `/jobs/${id}`;
export const batchPath = (id: string): string => `/batch/${id}`;

const subscribe = (changed: () => void): (() => void) => {
  window.addEventListener("popstate", changed);
  return () => window.removeEventListener("popstate", changed);
};

/** Goes to an address of the site. The focus moves to the new page's contents, as it would if the page were loaded. */
export function navigate(path: string): void {
  if (path === window.location.pathname) return;
  window.history.pushState(null, "", path);
  window.dispatchEvent(new PopStateEvent("popstate"));
  window.scrollTo({ top: 0 });
  requestAnimationFrame(() => document.getElementById("main")?.focus({ preventScroll: true }));
}

/** The current route; the component is drawn again when it changes. */
export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => window.location.pathname));
}
