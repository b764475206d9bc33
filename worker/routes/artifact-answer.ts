/** A file of a job, for who may see it: its owner, or whoever has a link. */
import type { Context } from "hono";
import type { Job } from "#contract/job.ts";
import { artifactNameSchema } from "#contract/manifest.ts";
import type { StoredFacts } from "../durable/job.do.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { artifactKey, sharedFileKey } from "../storage/object-keys.ts";
import { contentDisposition } from "./content-disposition.ts";
import { signDownload } from "./file-urls.ts";

/** Which of a job's files, and how its URL is made. */
export interface ArtifactRequest {
  /** How long the URL is valid, in seconds; absent for the usual time. */
  readonly ttlS?: number;
  /** What the file is called when it is saved, of its name; absent: the input's name is put before it. */
  readonly filename?: (artifactName: string) => string;
}

/** The file named in the path: the manifest itself, and a redirect to a signed URL for everything else. */
export async function answerArtifact(
  c: Context<AppContext>,
  { job, files }: StoredFacts,
  { ttlS, filename = (artifactName) => downloadName(job, artifactName) }: ArtifactRequest = {},
): Promise<Response> {
  const { manifest } = job;
  if (job.purgedAt !== null) throw new AppError("gone", "The job's files are no longer kept. Submit it again.");
  if (!manifest)
    throw new AppError("job_not_finished", `The job is ${job.state}: it has no files${job.finishedAt ? "" : " yet"}.`);
  const name = artifactNameSchema.safeParse(c.req.param("name"));
  if (name.success && name.data === "manifest.json") {
    return c.body(JSON.stringify(manifest, null, 2), 200, {
      "Content-Type": "application/json",
      "Content-Disposition": contentDisposition("attachment", "manifest.json"),
    });
  }
  const artifact = name.success ? manifest.artifacts.find((entry) => entry.name === name.data) : undefined;
  if (!artifact) {
    const names = manifest.artifacts.map((entry) => entry.name).join(", ");
    throw new AppError("artifact_not_found", `This job has no file of that name. It has: ${names}, manifest.json.`);
  }
  if (!files) throw new AppError("gone", "The job's files are no longer kept. Submit it again.");
  const url = await signDownload(
    c,
    job.cached ? sharedFileKey(job.id, artifact.name) : artifactKey(files.jobId, files.leaseId, artifact.name),
    filename(artifact.name),
    ttlS,
  );
  return c.body(null, 302, { Location: url, "Cache-Control": "no-store" });
}

/** What a downloaded file is called: the input's name with the artifact's, e.g. `github-model.glb`, if there is but one. */
export function downloadName(job: Job, artifactName: string): string {
  const [input, ...others] = job.inputs.filter(({ role }) => role === null);
  const stem = others.length === 0 ? input?.filename.replace(/\.[^.]*$/, "") : undefined;
  return stem ? `${stem}-${artifactName}` : artifactName;
}
