// Pipelined requests on one connection: handled one at a time, answered in order, and bounded.
import { createServer, type RequestListener } from "node:http"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { serializePipelining } from "../../../src/http/server/serializePipelining.ts"
import { get, until } from "../fastRouter.ts"

/** A server whose responses the test completes. */
const testServer = Effect.gen(function* () {
  const begun: Array<Parameters<RequestListener>> = []
  const server = createServer(serializePipelining((...request) => void begun.push(request)))
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () => Effect.sync(() => server.close() && server.closeAllConnections())
  )
  const address = server.address()
  return { begun, port: typeof address === "object" && address !== null ? address.port : 0 }
})
const pipelined = (count: number) =>
  Array.from({ length: count }, (_, i) => `POST /${i} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n${i % 10}.`).join(
    ""
  )

describe("serializePipelining", () => {
  it.scoped("queues a hundred requests behind the first and answers each in order with its body", () =>
    Effect.gen(function* () {
      const { begun, port } = yield* testServer
      const client = yield* get(port, "/first")
      client.socket.write(pipelined(100))
      const other = yield* get(port, "/other")
      yield* until(() => begun.length === 2)
      let bodies = ""
      const seen = new Set<string>()
      for (let done = 0; done < 102; done++) {
        yield* until(() => begun.length > 0)
        expect(begun.length).toBeLessThanOrEqual(2)
        const [message, response] = begun.shift() ?? []
        message?.on("data", (part) => {
          bodies += part
        })
        seen.add(message?.url ?? "")
        let isEnded = false
        message?.on("end", () => {
          isEnded = true
          response?.end(`${message.url}`)
        })
        yield* until(() => isEnded)
      }
      yield* until(() => client.text().endsWith("/99") && other.text().endsWith("/other"))
      const answers = [...client.text().matchAll(/\r\n\r\n(\/\w+?)(?=HTTP|$)/g)].map(([, url]) => url)
      expect(answers).toEqual(["/first", ...Array.from({ length: 100 }, (_, i) => `/${i}`)])
      expect(bodies).toBe(Array.from({ length: 100 }, (_, i) => `${i % 10}.`).join(""))
      expect(seen.size).toBe(102)
    })
  )

  it.scoped("closes the connection at one more and starts none of them", () =>
    Effect.gen(function* () {
      const { begun, port } = yield* testServer
      const client = yield* get(port, "/first")
      client.socket.write(pipelined(1000))
      yield* until(() => client.isClosed())
      expect(begun.map(([{ url }]) => url)).toEqual(["/first"])
    })
  )
})
