// Connections during shutdown: which response is the last one, and which connections can be closed.
import { once } from "node:events"
import { createServer, type ServerResponse } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { expect, it, onTestFinished, vi } from "vitest"
import { stopListening, watchConnections } from "../../../src/http/server/connections.ts"

/** A server whose responses the test completes, in request order. */
const listening = async () => {
  const asked: Array<ServerResponse> = []
  const server = createServer((message, response) => {
    connections.began(message, response)
    asked.push(response)
  })
  const connections = watchConnections(server)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = Object(server.address()) satisfies AddressInfo
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const dial = async () => {
    const socket = connect(port, "127.0.0.1").setEncoding("utf8")
    let text = ""
    let isClosed = false
    socket.on("data", (part) => {
      text += part
    })
    socket.on("error", () => {})
    socket.once("close", () => {
      isClosed = true
    })
    await once(socket, "connect")
    return {
      socket,
      text: () => text,
      isClosed: () => isClosed,
      ask: async (requests = 1) => {
        const before = asked.length
        socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(requests))
        await vi.waitUntil(() => asked.length === before + requests)
        return asked.slice(before)
      }
    }
  }
  return { server, connections, dial }
}

it("closes each connection after its newest response, not after earlier ones", async () => {
  const { connections, dial } = await listening()
  const client = await dial()
  const answers = await client.ask(2)
  connections.end()
  for (const answer of answers) answer.end("it")
  await vi.waitUntil(client.isClosed)
  expect(client.text().match(/Connection: .*/g)).toEqual(["Connection: keep-alive", "Connection: close"])
})

it("answers requests on existing connections after the server stops listening", async () => {
  const { connections, dial, server } = await listening()
  const client = await dial()
  const [first] = await client.ask()
  first?.end("one")
  await vi.waitUntil(() => client.text().endsWith("one"))
  connections.end()
  const closed = new Promise<void>((resolve) => stopListening(server, resolve))
  const [second] = await client.ask()
  second?.end("two")
  await closed
  await vi.waitUntil(client.isClosed)
  expect(client.text()).toMatch(/Connection: close[\s\S]*two$/)
})

it("closes only idle connections, none with an unread response or half a request", async () => {
  const { connections, dial } = await listening()
  const [silent, used, half, slow, pending] = [await dial(), await dial(), await dial(), await dial(), await dial()]
  for (const client of [used, half]) {
    const [answer] = await client.ask()
    answer?.end("done")
    await vi.waitUntil(() => client.text().endsWith("done"))
  }
  slow.socket.pause()
  const [large] = await slow.ask()
  large?.end("x".repeat(50_000_000))
  const [waiting] = await pending.ask()
  half.socket.write("GET / HTTP/1.1\r\n")
  // Its bytes have arrived before those of a later request.
  await (await dial()).ask()

  connections.closeIdle()
  await vi.waitUntil(() => silent.isClosed() && used.isClosed())
  slow.socket.resume()
  await vi.waitUntil(() => slow.text().length > 50_000_000, 20_000)
  waiting?.end("at last")
  await vi.waitUntil(() => pending.text().endsWith("at last"))
  expect([half, slow, pending].map(({ isClosed }) => isClosed())).toEqual([false, false, false])
})
