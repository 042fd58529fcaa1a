// The process that becomes the server: it loads the packages, waits for the application's newest build,
// and imports that. It ends with the process that has started it.
import { subscribe } from "node:diagnostics_channel"
import { ServerResponse } from "node:http"
import { pathToFileURL } from "node:url"

/** `packages` are imported early; `main` is the file that runs. */
export interface Order {
  readonly packages?: ReadonlyArray<string>
  readonly main?: string
}

// No connection outlives its answer, so that the browser's next request can't reach a server that ends.
subscribe("http.server.request.start", (message) => {
  if (typeof message !== "object" || message === null || !("response" in message)) return
  if (message.response instanceof ServerResponse) message.response.setHeader("connection", "close")
})

process.on("message", ({ main, packages = [] }: Order) => {
  // One that is optional may be missing: whoever needs it says so.
  void Promise.allSettled(packages.map((name) => import(name)))
  if (main === undefined) return
  process.argv[1] = main
  process.channel?.unref()
  // Rejected, it ends the process with the place in the sources.
  void import(pathToFileURL(main).href)
})
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"))
