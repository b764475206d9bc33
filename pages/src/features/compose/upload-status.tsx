/** How far the sending of many files is, and how long it still takes. */
import { formatBytes, formatEta } from "../../formatting.ts";
import type { UploadProgress } from "./upload-inputs.ts";

export function UploadStatus({ progress, etaS }: { progress: UploadProgress; etaS: number | null }) {
  const { sentBytes, totalBytes, doneFiles, totalFiles } = progress;
  if (totalFiles < 2 && totalBytes < SMALL_BYTES) return null;
  const percent = Math.min(99, Math.floor((sentBytes / Math.max(1, totalBytes)) * 100));
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
        <span>{etaS === null ? "" : formatEta(etaS)}</span>
      </p>
      {/* Told in quarters: every percent would be noise. */}
      <p className="visually-hidden" role="status">
        {percent < 25 ? "Uploading" : `${Math.floor(percent / 25) * 25} percent are uploaded`}
      </p>
    </div>
  );
}

/** A single file up to this size is sent in a moment. */
const SMALL_BYTES = 8_000_000;
