// The fast router on a free port in this process, for tests with mocked services or test clock.
import { createServer } from "node:http"
import { type AddressInfo, connect, type Socket } from "node:net"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { FastRouter } from "../../src/http/server/FastRouter.ts"
import { UnsentBytes } from "../../src/http/server/UnsentBytes.ts"
import { SseConnections } from "../../src/http/sse/SseConnections.ts"
import { settings } from "../support.ts"
import { type Chunks, readChunks } from "./chunks.ts"

/** The routes' dependencies, with the given settings. */
export const routeDependencies = (overrides: Record<string, string> = {}) =>
  Layer.mergeAll(FastRouter.layer, SseConnections.layer, UnsentBytes.layer).pipe(
    Layer.provideMerge(settings(overrides))
  )

/** Listens until the scope closes; returns the port. */
export const listening = Effect.gen(function* () {
  const router = yield* FastRouter
  const server = createServer((message, response) => {
    if (!router.open(message, response)) response.writeHead(404).end()
  })
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () => Effect.sync(() => server.close() && server.closeAllConnections())
  )
  const address = server.address()
  return isAddress(address) ? address.port : 0
})
const isAddress = (address: AddressInfo | string | null): address is AddressInfo => typeof address === "object"

export interface RawClient {
  readonly socket: Socket
  /** All bytes received, headers included. */
  readonly text: () => string
  readonly bytes: () => Buffer
  readonly isClosed: () => boolean
}

/** A raw connection that requests a path; closed with the scope. */
export const get = (
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
  version = "HTTP/1.1"
) =>
  Effect.acquireRelease(
    Effect.sync((): RawClient => {
      const socket = connect(port, "127.0.0.1")
      const chunks: Array<Buffer> = []
      let closed = false
      socket.on("data", (chunk) => void chunks.push(chunk))
      socket.on("error", () => {})
      socket.on("close", () => {
        closed = true
      })
      const lines = Object.entries({ host: "localhost", ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
      socket.write(`${method} ${path} ${version}\r\n${lines.join("")}\r\n`)
      const bytes = () => Buffer.concat(chunks)
      return { socket, bytes, text: () => bytes().toString(), isClosed: () => closed }
    }),
    ({ socket }) => Effect.sync(() => socket.destroy())
  )

/** Yields to the real event loop until a condition holds, while the test clock stands still. */
export const until = (holds: () => boolean) =>
  Effect.async<void>((resume) => {
    const look = () => {
      if (holds()) resume(Effect.void)
      else setImmediate(look)
    }
    look()
  })

export const bodyOf = (client: RawClient): Buffer => {
  const { body, head } = partsOf(client)
  return isChunked(head) ? Buffer.concat(readChunks(body).contents) : body
}

/** The chunks of a stream's body, and whether its end was clean. */
export const chunksOf = (client: RawClient): Chunks => {
  const { body, head } = partsOf(client)
  return isChunked(head) ? readChunks(body) : { contents: [], isWhole: false }
}

const isChunked = (head: string) => /^transfer-encoding: chunked$/im.test(head)
const partsOf = ({ bytes }: RawClient) => {
  const all = bytes()
  const end = all.indexOf("\r\n\r\n")
  if (end < 0) return { head: "", body: Buffer.alloc(0) }
  return { head: all.toString("latin1", 0, end).replaceAll("\r", ""), body: all.subarray(end + 4) }
}
