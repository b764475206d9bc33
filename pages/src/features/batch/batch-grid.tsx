/** The jobs of a batch as small pictures, each with its state, each a link to its page. */
import { memo, useState } from "react";
import type { BatchJob } from "#contract/batch.ts";
import { FINAL_STATES } from "#contract/job.ts";
import { kiln } from "../../api/kiln.ts";
import { Icon } from "../../components/icon.tsx";
import { Link } from "../../components/link.tsx";
import { jobPath } from "../../route.ts";
import { STATE_WORDS } from "../job/state-words.ts";

interface BatchGridProps {
  readonly jobs: readonly BatchJob[];
  readonly titleOf: (job: BatchJob) => string;
}

export function BatchGrid({ jobs, titleOf }: BatchGridProps) {
  return (
    <div className="stage">
      <ul className="batch-grid" aria-label="Jobs of the batch">
        {jobs.map((job) => (
          <BatchTile key={job.id} job={job} title={titleOf(job)} />
        ))}
      </ul>
    </div>
  );
}

const BatchTile = memo(function BatchTile({ job, title }: { job: BatchJob; title: string }) {
  const { id, type, state, percent, error } = job;
  const words = state === "running" ? `${Math.round(percent)} %` : STATE_WORDS[state];
  return (
    <li>
      <Link className="card" href={jobPath(id)} title={error?.message ?? title}>
        <TilePicture id={id} type={type} state={state} />
        <span className="card-title">{title}</span>
        <span className="card-state" data-state={state}>
          {words}
        </span>
      </Link>
    </li>
  );
});

function TilePicture({ id, type, state }: Pick<BatchJob, "id" | "type" | "state">) {
  const [broken, setBroken] = useState(false);
  if (state === "succeeded" && !broken) {
    const src = kiln.artifactUrl(id, "preview.webp");
    return <img className="thumb" data-kind={type} src={src} alt="" loading="lazy" onError={() => setBroken(true)} />;
  }
  const hot = state === "running" || state === "canceling";
  return (
    <span className="thumb" data-firing={hot || undefined} data-waits={(!hot && !FINAL_STATES.has(state)) || undefined}>
      {hot ? null : <Icon name={state === "failed" ? "alert" : state === "canceled" ? "cross" : "clock"} />}
    </span>
  );
}
