// The built files where they are part of the program: the bundler puts them in this module's place (src/tooling/server.ts). Run from its
// sources, the program has none, and finds them in static/dist.

/** Contents by file name. */
export const embedded = (): ReadonlyMap<string, Uint8Array> | undefined => undefined
