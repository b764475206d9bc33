/** On a finished job's page: the links that show it to others. */
import { useId, useState } from "react";
import type { Share } from "#contract/share.ts";
import { ConfirmButton } from "../../components/confirm-button.tsx";
import { CopyButton } from "../../components/copy-button.tsx";
import { Icon } from "../../components/icon.tsx";
import { Segmented } from "../../components/segmented.tsx";
import { formatMoment } from "../../formatting.ts";
import { DEFAULT_TIME, TIMES } from "./share-times.ts";
import { useShares } from "./use-shares.ts";

/** `kept`: the job's files stay until its owner changes that. */
export function ShareRow({ jobId, kept }: { jobId: string; kept: boolean }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <div className="share">
      <div className="keep">
        <p className="quiet">Others see it by a link only.</p>
        <button
          type="button"
          className="button-quiet"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
        >
          <Icon name="share" />
          Share
        </button>
      </div>
      <div id={id}>{open ? <ShareBox jobId={jobId} kept={kept} /> : null}</div>
    </div>
  );
}

function ShareBox({ jobId, kept }: { jobId: string; kept: boolean }) {
  const [time, setTime] = useState(DEFAULT_TIME);
  const { links, failure, busy, make, revoke } = useShares(jobId);
  const label = useId();
  return (
    <div className="share-box">
      <p>
        A link shows the result, its files and its parameters to whoever has it: not what it was made of, and nothing of
        you.{kept ? "" : " It keeps no files: “Keep” does."}
      </p>
      <div className="field">
        <span className="field-label" id={label}>
          Works for
        </span>
        <Segmented choices={TIMES} value={time} onChange={setTime} labelledBy={label} />
      </div>
      <button
        type="button"
        className="button-quiet"
        aria-disabled={busy}
        onClick={() => (busy ? undefined : make(Number(time)))}
      >
        <Icon name="plus" />
        Make a link
      </button>
      {failure ? (
        <p className="field-error" role="alert">
          {failure.message}
        </p>
      ) : null}
      <ul className="share-links" aria-label="Links that work">
        {links?.map((link) => (
          <ShareLink key={link.id} link={link} onRevoke={() => (busy ? undefined : revoke(link.id))} />
        ))}
      </ul>
    </div>
  );
}

function ShareLink({ link, onRevoke }: { link: Share; onRevoke: () => void }) {
  return (
    <li>
      <input
        className="text-box"
        readOnly
        value={link.url}
        aria-label={`Link until ${formatMoment(link.expiresAt)}`}
        onFocus={(event) => event.target.select()}
      />
      <p className="quiet">Until {formatMoment(link.expiresAt)}</p>
      <CopyButton text={link.url} label="Copy the link" />
      <ConfirmButton
        label={`Revoke the link until ${formatMoment(link.expiresAt)}`}
        question="Revoke for good?"
        onConfirm={onRevoke}
      >
        Revoke
      </ConfirmButton>
    </li>
  );
}
