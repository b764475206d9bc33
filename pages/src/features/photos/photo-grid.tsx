/**
 * Photos with their verdicts in small, each of which can be used or left out. One stop of the Tab key; the arrow keys move
 * in it, so that nobody has to walk through three hundred photos to reach the form.
 */
import { type KeyboardEvent, memo, useRef, useState } from "react";
import { Icon } from "../../components/icon.tsx";
import { columnsOf, placeAfter } from "./grid-keys.ts";
import { PhotoPicture } from "./photo-picture.tsx";
import { type Photo, shortName, verdictText } from "./photo-set.ts";
import type { Sheet } from "./use-photo-set.ts";
import { VerdictMark } from "./verdict-mark.tsx";

interface PhotoGridProps {
  readonly photos: readonly Photo[];
  readonly sheet: Sheet | null;
  readonly isUsed: (photo: Photo) => boolean;
  readonly onUse: (photo: Photo, use: boolean) => void;
  /** The photo pointed at or focused. */
  readonly onPoint: (photo: Photo | null) => void;
}

/** Id of a photo's check box: others can move the focus there. */
export const photoBoxId = ({ index }: Pick<Photo, "index">): string => `photo-${index}`;

export function PhotoGrid({ photos, sheet, isUsed, onUse, onPoint }: PhotoGridProps) {
  const list = useRef<HTMLUListElement>(null);
  const [stop, setStop] = useState(0);
  const current = Math.min(stop, photos.length - 1);
  const latest = useRef({ onUse, onPoint });
  latest.current = { onUse, onPoint };
  // The same functions for ever: a photo is drawn again only when it itself has changed.
  const acts = useRef<PhotoActs>({
    use: (photo, use) => latest.current.onUse(photo, use),
    point: (photo) => latest.current.onPoint(photo),
    focus: (place, photo) => {
      setStop(place);
      latest.current.onPoint(photo);
    },
  }).current;
  const keys = (event: KeyboardEvent) => {
    const tops = [...(list.current?.children ?? [])].map((tile) => (tile as HTMLElement).offsetTop);
    const to = placeAfter(event.key, current, photos.length, columnsOf(tops));
    if (to === null) return;
    event.preventDefault();
    list.current?.querySelectorAll("input")[to]?.focus();
  };
  return (
    <ul
      ref={list}
      className="photos"
      aria-label="Photos. The arrow keys move, the space bar uses a photo or leaves it out"
      onKeyDown={keys}
      onPointerLeave={() => onPoint(null)}
    >
      {photos.map((photo, place) => (
        <PhotoTile
          key={photo.index}
          photo={photo}
          place={place}
          sheet={sheet}
          used={isUsed(photo)}
          stop={place === current}
          acts={acts}
        />
      ))}
    </ul>
  );
}

interface PhotoActs {
  readonly use: (photo: Photo, use: boolean) => void;
  readonly point: (photo: Photo) => void;
  readonly focus: (place: number, photo: Photo) => void;
}
interface PhotoTileProps {
  readonly photo: Photo;
  readonly place: number;
  readonly sheet: Sheet | null;
  readonly used: boolean;
  /** The Tab key stops here. */
  readonly stop: boolean;
  readonly acts: PhotoActs;
}

const PhotoTile = memo(function PhotoTile({ photo, place, sheet, used, stop, acts }: PhotoTileProps) {
  const id = photoBoxId(photo);
  return (
    <li className="photo" data-verdict={photo.verdict} data-out={!used || undefined}>
      <label htmlFor={id} onPointerEnter={() => acts.point(photo)}>
        <input
          id={id}
          type="checkbox"
          aria-label={`Use ${photo.file}`}
          aria-describedby={`${id}-verdict`}
          tabIndex={stop ? 0 : -1}
          checked={used}
          onChange={(event) => acts.use(photo, event.target.checked)}
          onFocus={() => acts.focus(place, photo)}
        />
        <PhotoPicture sheet={sheet} box={photo.thumbnail} />
        <span className="photo-use">{used ? <Icon name="check" /> : null}</span>
        {photo.verdict === "good" ? null : <VerdictMark verdict={photo.verdict} />}
        {used ? null : <span className="photo-out">Left out</span>}
        <span className="photo-name">{shortName(photo)}</span>
        <span className="visually-hidden" id={`${id}-verdict`}>
          {verdictText(photo)}
        </span>
      </label>
    </li>
  );
});
