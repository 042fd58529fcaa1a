// Built files embedded in the program: the bundler replaces this module. From sources there are
// none, and static/dist is read.

/** Contents by file name. */
export const embedded = (): ReadonlyMap<string, Uint8Array> | undefined => undefined
