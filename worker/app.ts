/** The Worker's HTTP side: middleware in order, routes, and the one place where errors become answers. */
import { Hono } from "hono";
import { AppError } from "./errors.ts";
import type { AppContext } from "./middleware/context.ts";
import { crossOrigin } from "./middleware/cross-origin.ts";
import { requestId } from "./middleware/request-id.ts";
import { shield } from "./middleware/shield.ts";
import { toProblemResponse } from "./problem-response.ts";
import { admin } from "./routes/admin.ts";
import { adminKeys } from "./routes/admin-keys.ts";
import { batches } from "./routes/batches.ts";
import { caller } from "./routes/caller.ts";
import { DeclaredPaths } from "./routes/declared-paths.ts";
import { files } from "./routes/files.ts";
import { health } from "./routes/health.ts";
import { jobResults } from "./routes/job-results.ts";
import { jobTypes } from "./routes/job-types.ts";
import { jobVersions } from "./routes/job-versions.ts";
import { jobs } from "./routes/jobs.ts";
import { keys } from "./routes/keys.ts";
import { openApi } from "./routes/openapi.ts";
import type { Resource } from "./routes/operation.ts";
import { presets } from "./routes/presets.ts";
import { run } from "./routes/run.ts";
import { runner } from "./routes/runner.ts";
import { s3Multipart } from "./routes/s3-multipart.ts";
import { jobShares, shares } from "./routes/shares.ts";
import { uploads } from "./routes/uploads.ts";
import { usage } from "./routes/usage.ts";
import { webhooks } from "./routes/webhooks.ts";

export const app = new Hono<AppContext>();

app.use(requestId);
app.use(crossOrigin);
app.use(shield);

/** Every call that is declared: what `/openapi.json` describes. */
export const resources: readonly Resource[] = [
  jobTypes,
  uploads,
  s3Multipart,
  jobs,
  jobResults,
  jobVersions,
  run,
  jobShares,
  shares,
  batches,
  presets,
  usage,
  webhooks,
  keys,
  caller,
  ...health,
  openApi(() => resources),
  files,
  runner,
  admin,
  adminKeys,
];
const declaredPaths = new DeclaredPaths(resources);
app.use((c, next) => {
  const methods = declaredPaths.methodsAt(c.req.path);
  if (!methods || methods.includes(c.req.method)) return next();
  const allowed = methods.join(", ");
  throw new AppError("method_not_allowed", `${c.req.path} takes ${allowed}.`, { headers: { Allow: allowed } });
});
for (const { base, app: calls } of resources) app.route(base, calls);

app.notFound((c) => {
  throw new AppError("not_found", `There is nothing at ${c.req.method} ${c.req.path}.`);
});

app.onError((error, c) => toProblemResponse(error, `urn:request:${c.get("requestId") ?? "unknown"}`));
