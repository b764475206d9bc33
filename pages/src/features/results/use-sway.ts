/**
 * Turns a model by itself: gently to and fro, so that its depth shows and its front stays in view (a logo turned all around
 * is a thin line for much of the time), or around. Ends when the visitor takes hold of it.
 */
import type { ModelViewerElement } from "@google/model-viewer";
import { type RefObject, useEffect, useRef } from "react";
import { type Motion, turnAt } from "./sway.ts";

/** A frame later than this counts as this late: a tab that was hidden does not jump. */
const MAX_FRAME_MS = 100;

/** Moves while `active`; calls `onTaken` when the visitor turns the model by hand. */
export function useSway(
  viewer: RefObject<ModelViewerElement | null>,
  motion: Motion,
  active: boolean,
  onTaken: () => void,
): void {
  const taken = useRef(onTaken);
  taken.current = onTaken;
  // Goes on where it paused.
  const elapsed = useRef(0);
  useEffect(() => {
    const element = viewer.current;
    if (!element || !active) return;
    let last = performance.now();
    let frame = requestAnimationFrame(function turn(now) {
      elapsed.current += Math.min(now - last, MAX_FRAME_MS);
      last = now;
      element.resetTurntableRotation(turnAt(motion, elapsed.current));
      frame = requestAnimationFrame(turn);
    });
    const moved = (event: Event) => {
      if ((event as CustomEvent<{ source: string }>).detail.source === "user-interaction") taken.current();
    };
    element.addEventListener("camera-change", moved);
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener("camera-change", moved);
    };
  }, [viewer, motion, active]);
}
