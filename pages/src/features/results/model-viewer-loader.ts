/** Loads the 3D viewer (about 1 MB, own chunk) when it is needed, once. It registers the element `<model-viewer>`. */
let loading: Promise<unknown> | null = null;

/** Resolves when the element can be used. A failed download is tried again by the next call. */
export function loadModelViewer(): Promise<unknown> {
  loading ??= import("@google/model-viewer").catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}
