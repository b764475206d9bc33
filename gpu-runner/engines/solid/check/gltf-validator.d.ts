/** The one call we use of gltf-validator, which comes without types. */
declare module "gltf-validator" {
  export function validateBytes(
    bytes: Uint8Array,
    options: { maxIssues?: number; externalResourceFunction?: (uri: string) => Promise<Uint8Array> },
  ): Promise<unknown>;
}
