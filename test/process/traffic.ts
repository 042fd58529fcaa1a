// Writers that send commands without a pause for as long as a test takes, each with a key of its own, and at the end the
// question whether each is in the log: once, as it was answered.
import { setInterval } from "node:timers/promises"
import { expect } from "vitest"
import { type Answer, asNewList, asNewTodo, type LoggedEvent } from "./client.ts"
import { expectGapFree, readLog } from "./streams.ts"

/** A command, sent as the test has it: at once, or again and again until it is answered. */
export type Send = (path: string, body: unknown, key: string) => Promise<Answer>

/** A list holds 1,000 todos. */
const perList = 900

export interface TrafficOptions {
  /** What the todos' texts begin with. */
  readonly name?: string
  readonly writers?: number
  /** Milliseconds between a writer's commands: new processes need the machine as well. */
  readonly pace?: number
}

export const startTraffic = (
  send: Send,
  { name: prefix = "command", pace = 20, writers = 24 }: TrafficOptions = {}
) => {
  const answered = new Map<string, { readonly listId: string; readonly version: number; readonly sequence: number }>()
  const failures: Array<string> = []
  let isOver = false

  /** The answer, where it is the expected one. */
  const command = async (path: string, body: unknown, key: string) => {
    const answer = await send(path, body, key).catch((error: unknown) => `${error}`)
    if (typeof answer !== "string" && answer.status === 201) return answer.text
    failures.push(typeof answer === "string" ? answer : `${answer.status} ${answer.text}`)
    return undefined
  }
  const write = async (writer: number) => {
    let listId: string | undefined
    let count = 0
    for await (const _ of setInterval(pace)) {
      if (isOver) return
      const name = `${prefix}-${writer}-${count}`
      if (count++ % perList === 0 || listId === undefined) {
        const text: string | undefined = await command("/api/lists", {}, `list-of-${name}`)
        listId = text === undefined ? undefined : asNewList(text).listId
      }
      if (listId === undefined) continue
      const added: string | undefined = await command(`/api/lists/${listId}/todos`, { text: name }, name)
      if (added === undefined) continue
      const { sequence, version } = asNewTodo(added)
      answered.set(name, { listId, version, sequence })
    }
  }
  const all = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))

  const settled = async () => {
    isOver = true
    await all
    expect(failures).toEqual([])
  }
  /** These events must have each command as it was answered, and no other todo. */
  const check = (log: ReadonlyArray<LoggedEvent>) => {
    const added = log.flatMap(({ aggregateId, payload, sequence, version }) =>
      payload.text === undefined ? [] : [[payload.text, { listId: aggregateId, version, sequence }] as const]
    )
    expect(added.length).toBe(answered.size)
    expect(new Map(added)).toEqual(answered)
  }
  return {
    answered: () => answered.size,
    stop: () => {
      isOver = true
    },
    /** Ends it, and resolves when the last command is answered. */
    settled,
    check,
    /** Ends it; then the log of the server at `url` must have each command as it was answered, and nothing else. */
    finish: async (url: string) => {
      await settled()
      const log = await readLog(url)
      expectGapFree(log)
      check(log)
    }
  }
}
