/** How long the files are kept, and a switch that keeps them for good. */
import { useState } from "react";
import type { Job } from "#contract/job.ts";
import { type Failure, toFailure } from "../../api/failure.ts";
import { kiln } from "../../api/kiln.ts";
import { Icon } from "../../components/icon.tsx";
import { formatMoment } from "../../formatting.ts";
import { ForWriters } from "../account/may-write.tsx";

interface KeepRowProps {
  readonly job: Job;
  readonly onJob: (job: Job) => void;
}

export function KeepRow({ job, onJob }: KeepRowProps) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const toggle = async () => {
    if (busy) return;
    setBusy(true);
    setFailure(null);
    try {
      onJob(await (job.pinned ? kiln.unpin(job.id) : kiln.pin(job.id)));
    } catch (error) {
      const failed = toFailure(error);
      const message = failed.code === "forbidden" ? "Only who made it can keep it." : failed.message;
      setFailure({ ...failed, message });
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="keep">
      <p className="quiet" role="status">
        {failure ? <span className="field-error">{failure.message}</span> : keptText(job)}
      </p>
      <ForWriters>
        <button type="button" className="button-quiet" aria-pressed={job.pinned} aria-disabled={busy} onClick={toggle}>
          <Icon name="keep" />
          {job.pinned ? "Kept" : "Keep"}
        </button>
      </ForWriters>
    </div>
  );
}

function keptText({ pinned, expiresAt }: Job): string {
  if (pinned) return "Kept until you change it.";
  return expiresAt === null ? "" : `The files go on ${formatMoment(expiresAt)}.`;
}
