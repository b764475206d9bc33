/**
 * Before and after, one over the other with a line between them that can be pulled: by pointer, touch or arrow keys. Both
 * can be zoomed and moved together. The pictures are laid out in the size they are shown at, not scaled up afterwards, so
 * that an SVG is drawn sharp at every zoom. Pictures of different shape stand side by side instead.
 */
import { type CSSProperties, type ReactNode, useRef, useState } from "react";
import { Icon } from "../../components/icon.tsx";
import { useSize } from "./use-size.ts";
import { useView } from "./use-view.ts";
import { fitInto, type Size, sameShape, WHOLE } from "./zoom.ts";

interface Side {
  readonly src: string;
  /** In the corner, e.g. "Original". */
  readonly label: string;
  readonly alt: string;
  readonly onBroken?: () => void;
}
interface CompareViewProps {
  readonly before: Side;
  readonly after: Side;
  /** CSS colour behind the pictures; null is a checkerboard. */
  readonly ground: string | null;
  /** Beside the buttons below the pictures. */
  readonly children?: ReactNode;
}

/** Room around the whole picture. */
const MARGIN_PX = 20;
/** From this magnification on, the original's pixels are shown as the squares they are. */
const SHOW_PIXELS = 3;
const PAGE_STEP = 10;

export function CompareView({ before, after, ground, children }: CompareViewProps) {
  const frame = useRef<HTMLDivElement>(null);
  const frameSize = useSize(frame);
  const [split, setSplit] = useState(50);
  // By URL: a new picture is measured anew.
  const [sizes, setSizes] = useState<Readonly<Record<string, Size>>>({});
  const measure = (src: string) => (image: HTMLImageElement | null) => {
    const { naturalWidth: width = 0, naturalHeight: height = 0 } = image ?? {};
    if (width > 0) setSizes((now) => (now[src] ? now : { ...now, [src]: { width, height } }));
  };
  const natural = { before: sizes[before.src], after: sizes[after.src] };
  const aligned = !natural.before || !natural.after || sameShape(natural.before, natural.after);
  const picture = natural.before ?? natural.after ?? { width: 0, height: 0 };
  const room = {
    width: Math.max(0, frameSize.width - 2 * MARGIN_PX),
    height: Math.max(0, frameSize.height - 2 * MARGIN_PX),
  };
  const fitted = fitInto(picture, room);
  const slide = (share: number) => setSplit(Math.min(100, Math.max(0, share * 100)));
  const { view, handlers, keyDown, zoomIn, zoomOut, reset } = useView({ frame, frameSize, fitted, onSlide: slide });
  const shown = { width: fitted.width * view.zoom, height: fitted.height * view.zoom };
  const place: CSSProperties = {
    width: shown.width,
    height: shown.height,
    left: (frameSize.width - shown.width) / 2 + view.x,
    top: (frameSize.height - shown.height) / 2 + view.y,
  };
  const pixels = natural.before ? shown.width / natural.before.width : 1;
  const image = (side: Side, style: CSSProperties) => (
    <img
      key={side.src}
      ref={measure(side.src)}
      src={side.src}
      alt={side.alt}
      draggable={false}
      style={style}
      onLoad={(event) => measure(side.src)(event.currentTarget)}
      onError={side.onBroken}
    />
  );
  const groundStyle = { "--ground-color": ground ?? undefined } as CSSProperties;
  if (!aligned) {
    return (
      <div className="viewer">
        <div className="beside" data-plain={ground !== null || undefined} style={groundStyle}>
          {[before, after].map((side) => (
            <figure key={side.src}>
              <span className="beside-picture">{image(side, {})}</span>
              <figcaption className="compare-label">{side.label}</figcaption>
            </figure>
          ))}
        </div>
        <div className="viewer-bar">{children}</div>
      </div>
    );
  }
  return (
    <div className="viewer">
      <div
        className="compare"
        ref={frame}
        data-zoomed={view.zoom > 1 || undefined}
        data-plain={ground !== null || undefined}
        style={{ ...groundStyle, "--split": `${split}%` } as CSSProperties}
        {...handlers}
      >
        <span className="compare-ground" style={place} />
        <div className="compare-side compare-before">
          {image(before, { ...place, imageRendering: pixels >= SHOW_PIXELS ? "pixelated" : undefined })}
        </div>
        <div className="compare-side compare-after">{image(after, place)}</div>
        <span className="compare-label compare-label-before" data-hidden={split < 12 || undefined}>
          {before.label}
        </span>
        <span className="compare-label compare-label-after" data-hidden={split > 88 || undefined}>
          {after.label}
        </span>
        <input
          className="compare-range"
          type="range"
          min={0}
          max={100}
          step={1}
          value={Math.round(split)}
          aria-label={`${before.label} and ${after.label}: where the one ends`}
          aria-valuetext={`${Math.round(split)} % ${before.label}`}
          onChange={(event) => setSplit(event.target.valueAsNumber)}
          onKeyDown={(event) => {
            keyDown(event);
            const step = { PageUp: PAGE_STEP, PageDown: -PAGE_STEP }[event.key];
            if (step === undefined) return;
            event.preventDefault();
            slide((split + step) / 100);
          }}
        />
        <span className="compare-line" data-handle aria-hidden="true">
          <span className="compare-knob">
            <Icon name="left" />
            <Icon name="chevron" />
          </span>
        </span>
      </div>
      <div className="viewer-bar">
        {children}
        <span className="bar-gap" />
        <span className="zoom-tools">
          <button type="button" className="button-icon" aria-label="Zoom out" title="Zoom out" onClick={zoomOut}>
            <Icon name="minus" />
          </button>
          <button type="button" className="zoom-level" onClick={reset} title="Show all">
            {view.zoom === WHOLE.zoom ? "Fit" : `${view.zoom < 9.95 ? view.zoom.toFixed(1) : Math.round(view.zoom)} ×`}
            <span className="visually-hidden">, show all</span>
          </button>
          <button type="button" className="button-icon" aria-label="Zoom in" title="Zoom in" onClick={zoomIn}>
            <Icon name="plus" />
          </button>
        </span>
      </div>
    </div>
  );
}
