// Opens streams on several nodes, distributed like the simulation's population, and sends commands.
import * as Schema from "effect/Schema"
import { Population } from "../simulate/Population.ts"
import { answer } from "../support/calls.ts"
import { Drive, OpenAudience, Prepare } from "../support/capacityCalls.ts"
import { ask, type Connection, openConnection, openListStream, request } from "../support/capacityRaw.ts"
import { clock } from "../support/clock.ts"
import { wholeFrames } from "../support/frames.ts"
import { sleep } from "../support/rounds.ts"
import { Histogram } from "../support/stats.ts"

const decodeList = Schema.decodeUnknownSync(Schema.parseJson(Schema.Struct({ listId: Schema.String })))
const decodeTodo = Schema.decodeUnknownSync(Schema.parseJson(Schema.Struct({ todoId: Schema.String })))

/** Connections to a node, and streams opened concurrently. */
const connections = 16
const opening = 50
/** Milliseconds without a delivery after which all are considered delivered. */
const quiet = 300

interface List {
  readonly path: string
  /** A command is in flight; a concurrent one would conflict. */
  isBusy: boolean
  readonly waiting: Array<Command>
}
interface Command {
  readonly list: List
  readonly port: number
}
const lists: Array<List> = []
const feeds: Array<string> = []
let cookies: ReadonlyArray<string> = []
let population = new Population({ lists: 1, streams: 0, nodes: 1, zipf: 0 })
let closers: Array<() => void> = []

const answers = new Histogram()
const shown = new Histogram()
let delivered = 0
let bytesShown = 0
let lastAt = 0

const cookieOf = (number: number) => cookies[number % cookies.length] ?? ""

answer(Prepare, async ({ lists: count, ports, sessions }) => {
  const connection = openConnection(ports[0] ?? 0)
  const made: Array<string> = []
  for (let number = 0; number < sessions; number++) {
    const body = new URLSearchParams()
    const { headers } = await fetch(`http://127.0.0.1:${ports[0]}/lists`, { method: "POST", body, redirect: "manual" })
    const cookie = headers.get("set-cookie")?.split(";")[0]
    if (cookie === undefined) throw new Error("A list was made, and no session")
    made.push(cookie)
  }
  cookies = made
  for (let number = 0; number < count; number++) {
    const { listId } = decodeList(await ask(connection, request("POST", "/api/lists", "{}", cookieOf(number))))
    const first = request("POST", `/api/lists/${listId}/todos`, '{"text":"First"}', cookieOf(number))
    const { todoId } = decodeTodo(await ask(connection, first))
    lists.push({ path: `/api/lists/${listId}/todos/${todoId}`, isBusy: false, waiting: [] })
    feeds.push(`/lists/${listId}/feed`)
  }
  connection.close()
  return {}
})

const idLine = Buffer.from("id: ")
const endOfFrame = Buffer.from("\n\n")
const stamp = Buffer.from("Sent at ")

/** Frames that begin with an id are changes; every eighth is sampled for its latency. */
const onFrames = (bytes: Buffer, from: number, to: number) => {
  for (let at = from; at < to; at = bytes.indexOf(endOfFrame, at) + 2) {
    if (bytes.compare(idLine, 0, idLine.length, at, at + idLine.length) !== 0) continue
    delivered++
    lastAt = clock()
    if (delivered % 8 !== 0) continue
    const sent = bytes.indexOf(stamp, at)
    if (sent !== -1 && sent < to) shown.add(lastAt - Number.parseFloat(bytes.toString("latin1", sent + 8, sent + 22)))
  }
  bytesShown += to - from
}

answer(OpenAudience, async ({ haveSessions, ports, ...audience }) => {
  for (const close of closers) close()
  closers = []
  await sleep(quiet)
  population = new Population({ ...audience, nodes: ports.length })
  const wanted = ports.flatMap((port, node) =>
    feeds.flatMap((path, list) => Array.from({ length: population.on(list, node) }, () => ({ path, port })))
  )
  for (let opened = 0; opened < wanted.length; opened += opening) {
    const some = wanted.slice(opened, opened + opening).map(
      ({ path, port }, index) =>
        new Promise<void>((resolve) => {
          const frames = wholeFrames((bytes, from, to) => {
            resolve()
            onFrames(bytes, from, to)
          })
          closers.push(openListStream(port, path, haveSessions ? cookieOf(opened + index) : "", frames))
        })
    )
    await Promise.all(some)
  }
  return {}
})

/** Idle connections, and the number opened; unused ones would time out. */
const pools = new Map<number, { readonly free: Array<Connection>; opened: number }>()
const connectionTo = (port: number): Connection | undefined => {
  const pool = pools.get(port) ?? { free: [], opened: 0 }
  pools.set(port, pool)
  if (pool.free.length > 0 || pool.opened === connections) return pool.free.pop()
  pool.opened++
  return openConnection(port)
}

answer(Drive, async ({ ports, rate, seconds }) => {
  const waiting: Array<Command> = []
  let sent = 0
  let answered = 0
  const send = (command: Command) => {
    const { list, port } = command
    if (list.isBusy) return list.waiting.push(command)
    const connection = connectionTo(port)
    if (connection === undefined) return waiting.push(command)
    const at = clock()
    const body = JSON.stringify({ text: `Sent at ${at.toFixed(3).padStart(14, "0")} ms` })
    list.isBusy = true
    connection.send(request("PATCH", list.path, body, cookieOf(answered)), (status, said) => {
      if (status !== 200) throw new Error(`${status} ${said}`)
      answered++
      answers.add(clock() - at)
      list.isBusy = false
      pools.get(port)?.free.push(connection)
      const next = [list.waiting.shift(), ...waiting.splice(0)]
      for (const one of next) if (one !== undefined) send(one)
    })
  }
  const command = () => {
    const list = lists[population.pick(Math.random())]
    if (list !== undefined) send({ list, port: ports[Math.floor(Math.random() * ports.length)] ?? 0 })
  }
  answers.reset()
  shown.reset()
  delivered = 0
  bytesShown = 0
  const started = clock()
  // Random times, but exactly `rate` arrivals per second, for comparison with a prediction.
  const total = Math.round(rate * seconds)
  const times = Float64Array.from({ length: total }, () => started + Math.random() * seconds * 1000).sort()
  while (clock() < started + seconds * 1000) {
    for (; (times[sent] ?? Number.POSITIVE_INFINITY) < clock(); sent++) command()
    await sleep(1)
  }
  for (; sent < total; sent++) command()
  while (answered < sent) await sleep(1)
  const took = (clock() - started) / 1000
  while (clock() - lastAt < quiet) await sleep(20)
  return {
    commands: answered,
    seconds: took,
    delivered,
    bytes: bytesShown,
    answerP50: answers.quantile(0.5),
    answerP99: answers.quantile(0.99),
    shownP50: shown.quantile(0.5),
    shownP99: shown.quantile(0.99)
  }
})
