// Closed loop of one GET over keep-alive connections. Responses are counted by their headers and
// not kept, to keep the generator's own cost low.
import { answer, GetAgain } from "../support/calls.ts"
import { clock } from "../support/clock.ts"
import { open } from "../support/raw.ts"
import { Histogram } from "../support/stats.ts"

const endOfHead = Buffer.from("\r\n\r\n")

answer(GetAgain, async ({ connections, headers, path, port, seconds, status }) => {
  const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`)
  const expected = `HTTP/1.1 ${status} `
  const latencies = new Histogram()
  const started = clock()
  const deadline = started + seconds * 1000
  let requests = 0

  const run = () =>
    new Promise<void>((resolve, reject) => {
      let sentAt = clock()
      /** Remaining bytes of the body; undefined while reading the headers. */
      let left: number | undefined
      let head = ""

      const answered = () => {
        const now = clock()
        requests++
        latencies.add(now - sentAt)
        left = undefined
        head = ""
        if (now >= deadline) return socket.end(() => resolve())
        sentAt = now
        socket.write(request)
      }
      const onData = (bytes: Buffer) => {
        let body = bytes.length
        if (left === undefined) {
          const end = bytes.indexOf(endOfHead)
          head += bytes.toString("latin1", 0, end < 0 ? bytes.length : end)
          if (end < 0) return
          if (!head.startsWith(expected)) return reject(new Error(head))
          left = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
          body = bytes.length - end - endOfHead.length
        }
        left -= body
        if (left === 0) answered()
      }
      const socket = open(port, onData)
      socket.on("error", reject)
      socket.write(request)
    })
  await Promise.all(Array.from({ length: connections }, run))
  return { requests, seconds: (clock() - started) / 1000, p50: latencies.quantile(0.5), p99: latencies.quantile(0.99) }
})
