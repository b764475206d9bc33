/** The ES module build of clipper2-wasm has no types of its own; region.ts says which part of it we use. */
declare module "clipper2-wasm/dist/es/clipper2z.js" {
  const createClipper: () => Promise<unknown>;
  export default createClipper;
}
