// Opens thousands of idle streams; also creates the lists that they belong to.
import * as Schema from "effect/Schema"
import { answer, FirstBytes, Heard, MakeLists, OpenStreams } from "../support/calls.ts"
import { ask, openConnection, openStream, request } from "../support/raw.ts"
import { sleep } from "../support/rounds.ts"

/** Concurrency of opening streams; below the server's backlog. */
const opening = 100
const making = 32

interface Idle {
  heard: boolean
  closed: boolean
}
const streams: Array<Idle> = []

const decodeList = Schema.decodeUnknownSync(Schema.parseJson(Schema.Struct({ listId: Schema.String })))

answer(MakeLists, async ({ lists, port }) => {
  const ids: Array<string> = []
  const maker = async () => {
    const connection = openConnection(port)
    for (let left = lists / making; left > 0; left--) {
      const { listId } = decodeList(await ask(connection, request("POST", "/api/lists", "{}")))
      await ask(connection, request("POST", `/api/lists/${listId}/todos`, JSON.stringify({ text: "Buy oat milk" })))
      ids.push(listId)
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: making }, maker))
  return { ids: ids.slice(0, lists) }
})

const ownHeaders = /^(connection|keep-alive|transfer-encoding|date):/i

answer(FirstBytes, async ({ path, port }) => {
  let body = ""
  const headers: Array<[string, string]> = []
  const socket = openStream(port, path, {
    onHead: (head) => {
      for (const line of head.split("\r\n").slice(1)) {
        const colon = line.indexOf(":")
        if (!ownHeaders.test(line)) headers.push([line.slice(0, colon), line.slice(colon + 1).trim()])
      }
    },
    onBytes: (bytes, from, to) => {
      body += bytes.toString("utf8", from, to)
    },
    onClose: () => undefined
  })
  await sleep(500)
  socket.resetAndDestroy()
  return { headers, body }
})

answer(OpenStreams, async ({ paths, port }) => {
  const open = (path: string) =>
    new Promise<void>((resolve, reject) => {
      const idle: Idle = { heard: false, closed: false }
      streams.push(idle)
      openStream(port, path, {
        onBytes: () => {
          idle.heard = true
          resolve()
        },
        onClose: (reason) => {
          idle.closed = true
          reject(new Error(`${path} was closed before it said anything: ${reason}`))
        }
      })
    })
  for (let opened = 0; opened < paths.length; opened += opening) {
    await Promise.all(paths.slice(opened, opened + opening).map(open))
  }
  return {}
})

answer(Heard, () => {
  const heard = streams.filter((idle) => idle.heard).length
  for (const idle of streams) idle.heard = false
  return { heard, closed: streams.filter(({ closed }) => closed).length }
})
