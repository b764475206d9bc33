/** The Khronos glTF-Validator on one GLB. */
import { validateBytes } from "gltf-validator";

export interface GlbReport {
  readonly errors: readonly string[];
  readonly triangles: number;
  readonly materials: number;
}

interface ValidatorReport {
  readonly issues: {
    readonly numErrors: number;
    readonly messages: readonly { severity: number; code: string; message: string; pointer?: string }[];
  };
  readonly info?: { readonly totalTriangleCount?: number; readonly materialCount?: number };
}

/** Validates a GLB; what is outside the specification comes back as `errors`, never as an exception. */
export async function validateGlb(bytes: Uint8Array): Promise<GlbReport> {
  const report = (await validateBytes(new Uint8Array(bytes), {
    maxIssues: 100,
    externalResourceFunction: () => Promise.reject(new Error("no external resources")),
  })) as ValidatorReport;
  const errors = report.issues.messages
    .filter(({ severity }) => severity === 0)
    .map(({ code, message, pointer }) => `${code}: ${message} ${pointer ?? ""}`.trim());
  return { errors, triangles: report.info?.totalTriangleCount ?? 0, materials: report.info?.materialCount ?? 0 };
}
