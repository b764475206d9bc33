/** Zooming and moving a picture in a frame: wheel, two fingers, dragging, double click, keys. */
import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from "react";
import { keepInside, type Size, type View, WHOLE, zoomAt } from "./zoom.ts";

/** Pixels of a wheel that double the picture. */
const WHEEL_DOUBLES = 260;
/** A double click goes this close, and back. */
const CLOSE = 4;
/** One press of a key or button. */
const STEP = 1.5;
const PAN_PX = 60;

interface ViewOptions {
  readonly frame: RefObject<HTMLElement | null>;
  readonly frameSize: Size;
  readonly fitted: Size;
  /** A single pointer that is dragged while the whole picture shows; `share` of the frame's width, 0 to 1. */
  readonly onSlide: (share: number) => void;
}

export function useView({ frame, frameSize, fitted, onSlide }: ViewOptions) {
  const [wanted, setView] = useState<View>(WHOLE);
  // What was right before the frame changed its size may not be now.
  const view = keepInside(wanted, fitted, frameSize);
  const zoom = (factor: number, point = { x: 0, y: 0 }) => setView(zoomAt(view, factor, point, fitted, frameSize));
  const pan = (x: number, y: number) =>
    setView(keepInside({ ...view, x: view.x + x, y: view.y + y }, fitted, frameSize));
  const reset = () => setView(WHOLE);

  /** A place on the screen, from the frame's centre. */
  const fromCentre = (event: { clientX: number; clientY: number }) => {
    const box = frame.current?.getBoundingClientRect() ?? new DOMRect();
    return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
  };
  const slideTo = (event: PointerEvent) => onSlide(fromCentre(event).x / Math.max(1, frameSize.width) + 0.5);

  const acts = useRef({ zoom, view, fromCentre });
  acts.current = { zoom, view, fromCentre };
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const wheel = (event: WheelEvent) => {
      const now = acts.current;
      // The page scrolls on where there is nothing left to zoom out of.
      if (now.view.zoom === 1 && event.deltaY > 0) return;
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 32 : 1;
      now.zoom(2 ** ((-event.deltaY * lines) / WHEEL_DOUBLES), now.fromCentre(event));
    };
    // React's own wheel handlers can't keep the page from scrolling.
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, [frame]);

  /** Pointers that are down, by id, where they were last; and what dragging does. */
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const sliding = useRef(false);
  const pointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    pointers.current.set(event.pointerId, fromCentre(event));
    const onHandle = (event.target as Element).closest("[data-handle]") !== null;
    sliding.current = pointers.current.size === 1 && (onHandle || view.zoom === 1);
    if (sliding.current) slideTo(event);
  };
  const pointerMove = (event: PointerEvent) => {
    const before = pointers.current.get(event.pointerId);
    if (!before) return;
    const now = fromCentre(event);
    const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
    pointers.current.set(event.pointerId, now);
    if (other) {
      sliding.current = false;
      const distance = (a: { x: number; y: number }) => Math.max(1, Math.hypot(a.x - other.x, a.y - other.y));
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      const nearer = zoomAt(view, distance(now) / distance(before), middle, fitted, frameSize);
      const moved = { ...nearer, x: nearer.x + (now.x - before.x) / 2, y: nearer.y + (now.y - before.y) / 2 };
      setView(keepInside(moved, fitted, frameSize));
    } else if (sliding.current) slideTo(event);
    else pan(now.x - before.x, now.y - before.y);
  };
  const pointerUp = (event: PointerEvent) => {
    pointers.current.delete(event.pointerId);
    if (pointers.current.size === 0) sliding.current = false;
  };
  const doubleClick = (event: { clientX: number; clientY: number; target: EventTarget }) => {
    if ((event.target as Element).closest("[data-handle]")) return;
    if (view.zoom > 1) reset();
    else zoom(CLOSE, fromCentre(event));
  };
  /** Plus and minus zoom, 0 shows all, Shift and an arrow moves. */
  const keyDown = (event: KeyboardEvent) => {
    const arrows: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [PAN_PX, 0],
      ArrowRight: [-PAN_PX, 0],
      ArrowUp: [0, PAN_PX],
      ArrowDown: [0, -PAN_PX],
    };
    const arrow = event.shiftKey ? arrows[event.key] : undefined;
    if (event.key === "+" || event.key === "=") zoom(STEP);
    else if (event.key === "-") zoom(1 / STEP);
    else if (event.key === "0") reset();
    else if (arrow) pan(...(arrow as [number, number]));
    else return;
    event.preventDefault();
  };
  const handlers = {
    onPointerDown: pointerDown,
    onPointerMove: pointerMove,
    onPointerUp: pointerUp,
    onPointerCancel: pointerUp,
    onDoubleClick: doubleClick,
  };
  return { view, handlers, keyDown, zoomIn: () => zoom(STEP), zoomOut: () => zoom(1 / STEP), reset };
}
