/** How far the sending of many files is, and how long it still takes. */
import { Icon } from "../../components/icon.tsx";
import { useOnline } from "../../components/use-online.ts";
import { formatBytes, formatEta } from "../../formatting.ts";
import type { UploadProgress } from "./upload-inputs.ts";

export function UploadStatus({ progress, etaS }: { progress: UploadProgress; etaS: number | null }) {
  const { sentBytes, resumedBytes, totalBytes, doneFiles, totalFiles } = progress;
  const online = useOnline();
  if (online && totalFiles < 2 && totalBytes < SMALL_BYTES) return null;
  const percent = percentOf(sentBytes, totalBytes);
  const files = `${doneFiles} of ${totalFiles} file${totalFiles === 1 ? "" : "s"}`;
  return (
    <div className="upload">
      <div
        className="bar"
        role="progressbar"
        aria-label="Upload"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={`${percent} %, ${files}`}
      >
        <div className="bar-fill" style={{ width: `${percent}%` }} />
      </div>
      <p className="upload-times">
        <span>
          {files} · {formatBytes(sentBytes)} of {formatBytes(totalBytes)}
        </span>
        <span>{!online || etaS === null ? "" : formatEta(etaS)}</span>
      </p>
      {online ? null : (
        <p className="upload-note" role="status">
          <Icon name="clock" />
          Waiting for the network. It goes on by itself.
        </p>
      )}
      {online && resumedBytes > 0 ? (
        <p className="quiet" role="status">
          Continued from {percentOf(resumedBytes, totalBytes)} %
        </p>
      ) : null}
      {/* Told in quarters: every percent would be noise. */}
      <p className="visually-hidden" role="status">
        {percent < 25 ? "Uploading" : `${Math.floor(percent / 25) * 25} percent are uploaded`}
      </p>
    </div>
  );
}

/** The last percent is the server's answer. */
const percentOf = (bytes: number, totalBytes: number): number =>
  Math.min(99, Math.floor((bytes / Math.max(1, totalBytes)) * 100));

/** A single file up to this size is sent in a moment. */
const SMALL_BYTES = 8_000_000;
