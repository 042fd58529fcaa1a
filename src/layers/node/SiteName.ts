// The site's name: in the header and titles of the stack's pages, in the API's description and in
// passkey prompts.
import * as Context from "effect/Context"

export const defaultSiteName = "Evenstar"

export class SiteName extends Context.Reference<SiteName>()("evenstar/SiteName", {
  defaultValue: () => defaultSiteName
}) {}
