// A bare `node:http` server on a free port that prints its URL like the application.
import { createServer, type RequestListener } from "node:http"

export const listen = (listener: RequestListener) => {
  const server = createServer(listener)
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    if (typeof address === "object" && address !== null) console.log(`Baseline is at http://127.0.0.1:${address.port}`)
  })
}
