/** The jobs and batches of this browser: picture, name, state, age. Not shown before there is one. */
import { useState } from "react";
import { FINAL_STATES } from "#contract/job.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { accountKey, kiln } from "../../api/kiln.ts";
import { localStore } from "../../api/storage.ts";
import { Icon, type IconName } from "../../components/icon.tsx";
import { Link } from "../../components/link.tsx";
import { useNow } from "../../components/use-now.ts";
import { formatAgo } from "../../formatting.ts";
import { kindOf } from "../../kinds.ts";
import { batchPath, jobPath } from "../../route.ts";
import { STATE_WORDS } from "../job/state-words.ts";
import { readLabels } from "./job-labels.ts";
import { groupJobs, type KnownBatch, readBatches } from "./known-batches.ts";
import type { RecentJob } from "./merge-jobs.ts";
import { useRecentJobs } from "./use-recent-jobs.ts";

interface RecentJobsProps {
  readonly version: number;
  readonly types: readonly JobTypeInfo[];
  /** Id of the job or batch that is open now, or null. */
  readonly current: string | null;
}

const AGE_MS = 30_000;
export function RecentJobs({ version, types, current }: RecentJobsProps) {
  const batches = readBatches(localStore());
  const { jobs, failure, more } = useRecentJobs(version, batches.length > 0 || accountKey !== null);
  const now = useNow(AGE_MS);
  if (failure?.code === "unauthorized" && accountKey !== null) {
    return (
      <p className="recent-failure quiet">
        Your API key does not work any more. <Link href="/account">Sign out, or use another</Link>
      </p>
    );
  }
  if (failure && !jobs)
    return <p className="recent-failure quiet">Your recent results can't be listed: {failure.message}</p>;
  if (!jobs || jobs.length === 0) return null;
  const labels = readLabels(localStore());
  return (
    <section className="recent" aria-labelledby="recent-title">
      <h2 id="recent-title">Your results</h2>
      <ul>
        {groupJobs(jobs, batches).map((entry) => {
          if ("batch" in entry)
            return <BatchCard key={entry.batch.id} {...entry} now={now} current={entry.batch.id === current} />;
          const { job } = entry;
          return (
            <JobCard
              key={job.id}
              job={job}
              title={labels.get(job.id)?.title ?? types.find(({ name }) => name === job.type)?.title ?? job.type}
              look={labels.get(job.id)?.purpose === "look"}
              now={now}
              current={job.id === current}
            />
          );
        })}
      </ul>
      {more ? (
        <button type="button" className="button-quiet" onClick={more}>
          Show more
        </button>
      ) : null}
    </section>
  );
}

interface BatchCardProps {
  readonly batch: KnownBatch;
  /** Those that have been listed. */
  readonly jobs: readonly RecentJob[];
  readonly now: number;
  readonly current: boolean;
}

function BatchCard({ batch, jobs, now, current }: BatchCardProps) {
  const kind = kindOf(batch.type);
  const under = jobs.filter(({ state }) => !FINAL_STATES.has(state)).length;
  const failed = jobs.filter(({ state }) => state === "failed").length;
  const shown = jobs.find(({ state }) => state === "succeeded") ?? (jobs[0] as RecentJob);
  const words = under > 0 ? `${under} under way` : failed > 0 ? `${failed} failed` : "Batch";
  return (
    <li>
      <Link className="card card-batch" href={batchPath(batch.id)} aria-current={current ? "page" : undefined}>
        <Thumb job={shown} picture="preview.webp" gone={shown.expiresAt !== null && shown.expiresAt <= now} />
        <span className="card-count" title={`A batch of ${batch.jobs.length}`}>
          {batch.jobs.length}
        </span>
        <span className="card-title">{batch.title}</span>
        <span className="card-state" data-state={failed > 0 && under === 0 ? "failed" : undefined}>
          {kind ? `${kind.label} · ` : ""}
          {words} · {formatAgo(batch.createdAt, now)}
        </span>
      </Link>
    </li>
  );
}

interface JobCardProps {
  readonly job: RecentJob;
  readonly title: string;
  /** The job only looked at photos. */
  readonly look: boolean;
  readonly now: number;
  readonly current: boolean;
}

function JobCard({ job, title, look, now, current }: JobCardProps) {
  const gone = job.expiresAt !== null && job.expiresAt <= now;
  const kind = kindOf(job.type);
  const ready = look ? "Looked at" : STATE_WORDS.succeeded;
  const words = job.state === "succeeded" ? (gone ? "Files gone" : ready) : STATE_WORDS[job.state];
  return (
    <li>
      <Link className="card" href={jobPath(job.id)} aria-current={current ? "page" : undefined}>
        <Thumb job={job} picture={look ? "photos.webp" : "preview.webp"} gone={gone} />
        <span className="card-title">{title}</span>
        <span className="card-state" data-state={job.state}>
          {kind ? `${kind.label} · ` : ""}
          {words} · {job.pinned ? "Kept" : formatAgo(job.createdAt, now)}
        </span>
      </Link>
    </li>
  );
}

/** `picture`: the artifact that shows the result in small. */
function Thumb({ job, picture, gone }: { job: RecentJob; picture: string; gone: boolean }) {
  const [broken, setBroken] = useState<readonly string[]>([]);
  // What a program has asked for only to look at photos is not known here as such: it has their sheet alone.
  const file = [picture, ...(job.type === "photogrammetry" ? ["photos.webp"] : [])].find(
    (name) => !broken.includes(name),
  );
  const icon: IconName =
    job.state === "succeeded" || job.state === "expired" ? "clock" : job.state === "failed" ? "alert" : "cross";
  const under =
    job.state === "running" || job.state === "queued" || job.state === "waiting" || job.state === "canceling";
  if (job.state === "succeeded" && !gone && file) {
    return (
      <img
        className="thumb"
        data-kind={job.type}
        data-sheet={file === "photos.webp" || undefined}
        src={kiln.artifactUrl(job.id, file)}
        alt=""
        loading="lazy"
        onError={() => setBroken([...broken, file])}
      />
    );
  }
  return (
    <span className="thumb" data-firing={under || undefined}>
      {under ? null : <Icon name={icon} />}
    </span>
  );
}
