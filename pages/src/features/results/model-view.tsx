/**
 * The interactive model: `<model-viewer>` with soft even light. Camera and light match the runner's preview picture.
 * Nothing is fetched from elsewhere: Kiln's GLB files need no decoder.
 */
import type { ModelViewerElement } from "@google/model-viewer";
import { createElement, useEffect, useRef, useState } from "react";
import { Icon } from "../../components/icon.tsx";
import { loadModelViewer } from "./model-viewer-loader.ts";
import type { Motion } from "./sway.ts";
import { useSway } from "./use-sway.ts";

interface ModelViewProps {
  readonly src: string;
  /** USDZ for AR on iOS, or null. */
  readonly arSrc: string | null;
  readonly alt: string;
  /** A picture to look at while the model is on its way, or null. */
  readonly poster?: string | null;
  /** How it moves by itself: to and fro before its front, or all the way around. */
  readonly motion?: Motion;
  /** The model can't be shown: no WebGL, or the file did not load. */
  readonly onBroken: () => void;
}

/** From the front, a little from the right and above, as in gpu-runner/python/preview.py. */
const CAMERA = "27deg 71deg 116%";
const VIEW_ANGLE = "26deg";
const wantsStillness = (): boolean => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

export function ModelView({ src, arSrc, alt, poster = null, motion = "sway", onBroken }: ModelViewProps) {
  const viewer = useRef<ModelViewerElement>(null);
  const [shown, setShown] = useState(false);
  const [turning, setTurning] = useState(() => !wantsStillness());
  const broken = useRef(onBroken);
  broken.current = onBroken;
  useEffect(() => {
    const element = viewer.current;
    if (!element) return;
    const stop = new AbortController();
    element.addEventListener("load", () => setShown(true), { signal: stop.signal });
    element.addEventListener("error", () => broken.current(), { signal: stop.signal });
    loadModelViewer().catch(() => stop.signal.aborted || broken.current());
    return () => stop.abort();
  }, []);
  const resetCamera = () => {
    const element = viewer.current;
    if (!element) return;
    element.cameraOrbit = CAMERA;
    element.cameraTarget = "auto auto auto";
    element.fieldOfView = VIEW_ANGLE;
    element.resetTurntableRotation(0);
  };
  useSway(viewer, motion, shown && turning, () => setTurning(false));
  return (
    <>
      {poster ? <img className="model-poster" data-gone={shown || undefined} src={poster} alt="" /> : null}
      {createElement(
        "model-viewer",
        {
          ref: viewer,
          class: "model",
          src,
          alt,
          "camera-controls": "",
          "touch-action": "pan-y",
          "camera-orbit": CAMERA,
          "max-camera-orbit": "auto auto 160%",
          "field-of-view": VIEW_ANGLE,
          "min-field-of-view": "8deg",
          "environment-image": "neutral",
          "shadow-intensity": "0.9",
          "shadow-softness": "0.9",
          exposure: "1.05",
          "interaction-prompt": "none",
          ar: "",
          // Not scene-viewer: it would hand the model to another site.
          "ar-modes": "webxr quick-look",
          "ios-src": arSrc ?? undefined,
          "data-shown": shown || undefined,
        },
        <button key="ar" slot="ar-button" type="button" className="button-quiet ar-button">
          View in your room
        </button>,
        <span key="bar" slot="progress-bar" />,
      )}
      <p className="model-wait" data-shown={!shown || undefined} role="status">
        {shown ? "" : "Loading the model…"}
      </p>
      <div className="stage-bar stage-tools">
        <span className="quiet hint-pointer">Drag to turn, scroll to zoom</span>
        <span className="bar-gap" />
        <button
          type="button"
          className="button-icon"
          aria-pressed={turning}
          aria-label="Turn by itself"
          title="Turn by itself"
          onClick={() => setTurning(!turning)}
        >
          <Icon name={turning ? "pause" : "play"} />
        </button>
        <button
          type="button"
          className="button-icon"
          aria-label="Reset the view"
          title="Reset the view"
          onClick={resetCamera}
        >
          <Icon name="reset" />
        </button>
      </div>
    </>
  );
}
