/** Above a job's panel: the batch it is part of, and the jobs whose results it is made of. */
import type { Job } from "#contract/job.ts";
import { localStore } from "../../api/storage.ts";
import { Link } from "../../components/link.tsx";
import { batchPath, jobPath } from "../../route.ts";
import { readLabels } from "../history/job-labels.ts";

/** Ids of the jobs whose files are inputs of this one, each once. */
export const sourcesOf = ({ inputs }: Pick<Job, "inputs">): string[] => [
  ...new Set(inputs.flatMap(({ job }) => (job === null ? [] : [job]))),
];

export function JobRelations({ job }: { job: Job }) {
  const sources = sourcesOf(job);
  if (job.batch === null && sources.length === 0) return null;
  const labels = readLabels(localStore());
  return (
    <nav className="relations" aria-label="Where this job belongs">
      {job.batch === null ? null : <Link href={batchPath(job.batch)}>Its batch</Link>}
      {sources.map((id) => (
        <Link key={id} href={jobPath(id)}>
          Made of: {labels.get(id)?.title ?? "another result"}
        </Link>
      ))}
    </nav>
  );
}
