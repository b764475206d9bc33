/** The visitor's own presets of a job type; none for a session, which can't have any. */
import { useCallback, useEffect, useState } from "react";
import type { Preset, PutPresetRequest } from "#contract/preset.ts";
import { kiln } from "../../api/kiln.ts";

/** `presets` is empty until they are known. */
export function useOwnPresets(type: string, allowed: boolean) {
  const [presets, setPresets] = useState<readonly Preset[]>([]);
  useEffect(() => {
    if (!allowed) return;
    const stop = new AbortController();
    // A form without them is still a form.
    kiln.presets.list({ type, signal: stop.signal }).then(setPresets, () => undefined);
    return () => stop.abort();
  }, [type, allowed]);
  const save = useCallback(
    async (name: string, request: PutPresetRequest) => {
      const saved = await kiln.presets.put(type, name, request);
      setPresets((now) => [...now.filter((one) => one.name !== name), saved]);
    },
    [type],
  );
  const remove = useCallback(
    async (name: string) => {
      await kiln.presets.remove(type, name);
      setPresets((now) => now.filter((one) => one.name !== name));
    },
    [type],
  );
  return { presets, save, remove };
}
