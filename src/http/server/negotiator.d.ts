// Types of the parts in use: the package's types lack `preferred`.
declare module "negotiator" {
  export default class Negotiator {
    constructor(request: { readonly headers: Readonly<Record<string, string>> })
    /** The accepted ones of `available`, best first; ties in the order of `preferred`. */
    encodings(available: ReadonlyArray<string>, options: { readonly preferred: ReadonlyArray<string> }): Array<string>
    /** The accepted media types, best first. */
    mediaTypes(available: ReadonlyArray<string>): Array<string>
  }
}
