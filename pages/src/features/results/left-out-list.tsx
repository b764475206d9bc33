/** The photos that a model was made without, each with its reason and its picture. */
import { PhotoPicture } from "../photos/photo-picture.tsx";
import { usePhotoSet } from "../photos/use-photo-set.ts";
import { readScanReport, withPictures } from "./scan-report.ts";
import type { ShownJob } from "./shown-job.ts";

/** A longer list is folded at first. */
const MAX_OPEN = 4;

export function LeftOutList({ job }: { job: ShownJob }) {
  const { set, sheet } = usePhotoSet(job);
  const dropped = job.manifest ? readScanReport(job.manifest).dropped : [];
  if (dropped.length === 0) return null;
  return (
    <details className="fold" open={dropped.length <= MAX_OPEN}>
      <summary>
        Photos left out <span className="quiet">{dropped.length}</span>
      </summary>
      <ul className="reasons" aria-label="Photos left out">
        {withPictures(dropped, set).map(({ file, reason, thumbnail }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: photos may have the same name, and the list does not change.
          <li key={i} className="reason">
            <PhotoPicture sheet={sheet} box={thumbnail} />
            <span className="reason-text">
              <b>
                <span>{file}</span>
              </b>
              <span>{reason}</span>
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
