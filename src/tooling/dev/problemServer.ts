// Serves the error on the application's address while the application can't run. Open pages get it
// as JSON (web/dev.ts), without a reload, so that typed input is kept.
import { createServer, type Server } from "node:http"
import { stripVTControlCharacters } from "node:util"

export interface Address {
  readonly host: string
  readonly port: number
}

const escaped = (text: string) => text.replace(/[&<]/g, (it) => (it === "&" ? "&amp;" : "&lt;"))

const pageOf = (problem: string) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>The server can't run</title>
<style>body { font: 1rem/1.5 system-ui; margin: 2rem } pre { white-space: pre-wrap; overflow-wrap: anywhere }</style>
<h1>The server can't run</h1>
<pre role="alert">${escaped(problem)}</pre>
<p>This page reloads when the error is fixed.</p>
<script>
  const shown = document.querySelector("pre")
  setInterval(async () => {
    const response = await fetch("/dev/problem").catch(() => undefined)
    if (response === undefined) return
    if (!response.ok) return location.reload()
    const { problem } = await response.json()
    if (shown.textContent !== problem) shown.textContent = problem
  }, 100)
</script>
</html>
`

/** Milliseconds. */
const retryAfter = 50

/** Listens until it is closed. */
export class ProblemServer {
  private server: Server | undefined
  private problem = ""

  constructor(private readonly address: Address) {}

  show(problem: string) {
    this.problem = stripVTControlCharacters(problem).trim()
    if (this.server !== undefined) return
    const server = createServer(({ url = "" }, response) => {
      const isAsked = url === "/dev/problem"
      const body = isAsked ? JSON.stringify({ problem: this.problem }) : pageOf(this.problem)
      response.writeHead(isAsked ? 200 : 503, {
        "content-type": isAsked ? "application/json" : "text/html; charset=utf-8",
        "cache-control": "no-store",
        connection: "close"
      })
      response.end(body)
    })
    this.server = server
    const listen = () => {
      if (this.server === server) server.listen(this.address.port, this.address.host)
    }
    // The stopping server may still use the address.
    server.on("error", () => setTimeout(listen, retryAfter))
    listen()
  }

  /** Resolves when the address is free. */
  close(): Promise<void> {
    const { server } = this
    this.server = undefined
    return new Promise((resolve) => {
      if (server === undefined) return resolve()
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }
}
