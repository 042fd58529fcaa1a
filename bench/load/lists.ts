// Lists with one todo and optionally a subscriber each, and renames at a steady rate (open loop). A
// text has the list and the number of the change, so that subscribers can verify what they get.
import * as Schema from "effect/Schema"
import { answer, PrepareLists, RenameTodos } from "../support/calls.ts"
import { clock, pace } from "../support/clock.ts"
import { wholeFrames } from "../support/frames.ts"
import { ask, type Connection, openConnection, openStream, request } from "../support/raw.ts"
import { sleep } from "../support/rounds.ts"
import { Histogram } from "../support/stats.ts"

const connectionCount = 32
/** Seconds for all changes to arrive. */
const timeoutSeconds = 10

const decodeList = Schema.decodeUnknownSync(Schema.parseJson(Schema.Struct({ listId: Schema.String })))
const decodeTodo = Schema.decodeUnknownSync(Schema.parseJson(Schema.Struct({ todoId: Schema.String })))

interface List {
  readonly index: number
  readonly id: string
  readonly todo: string
  /** A command is in flight; a concurrent one could overtake it. */
  busy: boolean
  commanded: number
  commandedAt: number
  shown: number
}

const lists: Array<List> = []
const idle: Array<Connection> = []
const queue: Array<() => void> = []
const latencies = new Histogram()
let shown = 0
let conflated = 0
let faults = 0
let subscribed = false

const textOf = (list: List, change: number) => `List ${list.index} change ${change}.`
const texts = /List (\d+) change (\d+)\./g

const onFragment = (list: List, html: string) => {
  for (const [, index, change] of html.matchAll(texts)) {
    const number = Number(change)
    if (Number(index) !== list.index || number < list.shown || number > list.commanded) faults++
    if (number <= list.shown) continue
    shown++
    conflated += number - list.shown - 1
    list.shown = number
    if (number === list.commanded) latencies.add(clock() - list.commandedAt)
  }
}

const subscribe = (list: List, port: number) =>
  new Promise<void>((resolve) => {
    const frames = wholeFrames((bytes, from, to) => onFragment(list, bytes.toString("latin1", from, to)))
    openStream(port, `/lists/${list.id}/feed`, {
      onBytes: (bytes, from, to) => {
        resolve()
        frames(bytes, from, to)
      }
    })
  })

const make = async (connection: Connection, index: number): Promise<List> => {
  const { listId } = decodeList(await ask(connection, request("POST", "/api/lists", "{}")))
  const added = await ask(connection, request("POST", `/api/lists/${listId}/todos`, JSON.stringify({ text: "First" })))
  return { index, id: listId, todo: decodeTodo(added).todoId, busy: false, commanded: 0, commandedAt: 0, shown: 0 }
}

answer(PrepareLists, async ({ lists: count, port, subscribe: wanted }) => {
  let left = count
  const prepare = async () => {
    const connection = openConnection(port)
    while (left > 0) {
      const list = await make(connection, --left)
      lists.push(list)
      if (wanted) await subscribe(list, port)
    }
    idle.push(connection)
  }
  await Promise.all(Array.from({ length: connectionCount }, prepare))
  subscribed = wanted
  return {}
})

const rename = (list: List, connection: Connection, done: () => void) => {
  const body = JSON.stringify({ text: textOf(list, ++list.commanded) })
  list.commandedAt = clock()
  list.busy = true
  connection.send(request("PATCH", `/api/lists/${list.id}/todos/${list.todo}`, body), (status, answered) => {
    if (status < 200 || status >= 300) throw new Error(`${status} ${answered}`)
    list.busy = false
    idle.push(connection)
    done()
    queue.shift()?.()
  })
}

let turn = 0
/** Round robin over lists without a command in flight. */
const nextList = () => {
  for (;;) {
    const list = lists[turn++ % lists.length]
    if (list !== undefined && !list.busy) return list
  }
}

answer(RenameTodos, async ({ rate, seconds }) => {
  latencies.reset()
  shown = 0
  conflated = 0
  faults = 0
  // Reopens connections closed by the keep-alive timeout before the clock starts.
  await Promise.all(idle.map((connection) => ask(connection, request("GET", "/health/live", ""))))
  let commands = 0
  let answered = 0
  const started = clock()
  const command = () => {
    const connection = idle.pop()
    if (connection === undefined) return queue.push(command)
    rename(nextList(), connection, () => answered++)
  }
  await pace({ rate, seconds }, (count) => {
    commands += count
    for (let sent = 0; sent < count; sent++) command()
  })
  while (answered < commands) await sleep(1)
  const took = (clock() - started) / 1000

  const late = () => (subscribed ? lists.filter((list) => list.shown < list.commanded).length : 0)
  const deadline = clock() + timeoutSeconds * 1000
  while (late() > 0 && clock() < deadline) await sleep(20)
  return {
    commands,
    seconds: took,
    shown,
    conflated,
    faults: faults + late(),
    p50: latencies.quantile(0.5),
    p99: latencies.quantile(0.99)
  }
})
