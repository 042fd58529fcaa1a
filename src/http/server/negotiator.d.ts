// What is used of the package: its types are of an older version, without `preferred`.
declare module "negotiator" {
  export default class Negotiator {
    constructor(request: { readonly headers: Readonly<Record<string, string>> })
    /** Those of `available` that the client takes, the best first; of equals the one that stands first in `preferred`. */
    encodings(available: ReadonlyArray<string>, options: { readonly preferred: ReadonlyArray<string> }): Array<string>
    /** The same of media types. */
    mediaTypes(available: ReadonlyArray<string>): Array<string>
  }
}
