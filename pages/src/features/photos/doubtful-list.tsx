/** Photos that are not simply good, as a list with all reasons; and files that could not be read. */
import { PhotoPicture } from "./photo-picture.tsx";
import { type LeftOut, type Photo, verdictText } from "./photo-set.ts";
import type { Sheet } from "./use-photo-set.ts";
import { VerdictMark } from "./verdict-mark.tsx";

interface DoubtfulListProps {
  readonly photos: readonly Photo[];
  readonly skipped: readonly LeftOut[];
  readonly sheet: Sheet | null;
  readonly isUsed: (photo: Photo) => boolean;
  /** Shows the photo among the others. */
  readonly onShow: (photo: Photo) => void;
}

/** A longer list is folded at first. */
const MAX_OPEN = 6;

export function DoubtfulList({ photos, skipped, sheet, isUsed, onShow }: DoubtfulListProps) {
  const count = photos.length + skipped.length;
  if (count === 0) return null;
  return (
    <details className="fold" open={count <= MAX_OPEN}>
      <summary>
        To look at <span className="quiet">{count}</span>
      </summary>
      <ul className="reasons" aria-label="Photos to look at">
        {photos.map((photo) => (
          <li key={photo.index}>
            <button
              type="button"
              className="reason"
              aria-label={`Show ${photo.file}. ${verdictText(photo)}`}
              onClick={() => onShow(photo)}
            >
              <PhotoPicture sheet={sheet} box={photo.thumbnail} />
              <span className="reason-text">
                <b>
                  <VerdictMark verdict={photo.verdict} />
                  <span>{photo.file}</span>
                </b>
                <span>{photo.reasons.join(" ") || verdictText(photo)}</span>
              </span>
              <small>{isUsed(photo) ? "Used" : "Left out"}</small>
            </button>
          </li>
        ))}
        {skipped.map(({ file, reason }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: files may have the same name, and the list does not change.
          <li key={i} className="reason">
            <PhotoPicture sheet={null} box={null} />
            <span className="reason-text">
              <b>
                <VerdictMark verdict="bad" />
                <span>{file}</span>
              </b>
              <span>{reason}</span>
            </span>
            <small>Not read</small>
          </li>
        ))}
      </ul>
    </details>
  );
}
