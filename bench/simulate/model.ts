// Discrete-event simulation of commands, commits, events and streams on many nodes; deterministic
// for a seed. Streams are counts (Population.ts); nodes and the commit lock are queues.
import { Agenda } from "./Agenda.ts"
import { arrivals } from "./arrivals.ts"
import { CommitOrder } from "./CommitOrder.ts"
import type { Costs } from "./costs.ts"
import { backgroundOf, type Load, type Outcome } from "./load.ts"
import { Population } from "./Population.ts"
import { restart } from "./restart.ts"
import { SimulatedNode } from "./SimulatedNode.ts"
import * as SimulationRandom from "./simulationRandom.ts"
import { Weights } from "./Weights.ts"

/** Milliseconds: polling interval of the log, and a client's first back-off. */
const look = 250
const backoff = 100
/** Event loop turns over which a batch is collected. */
const maxTurns = 16
interface Command {
  readonly list: number
  readonly at: number
  /** The event has been stored; a retry only fetches the result. */
  isStored: boolean
  tries: number
}

export const simulate = (load: Load, costs: Costs): Outcome => {
  const { batch, sessions, wakeDelay } = load
  const agenda = new Agenda()
  const random = SimulationRandom.make(load.seed)
  const population = new Population(load)
  const order = new CommitOrder(costs, wakeDelay)
  const answers = new Weights()
  const deliveries = new Weights()
  const end = load.seconds * 1000
  const latency = costs.bus.latency / 1000
  let sent = 0
  let done = 0
  let inTime = 0
  let retried = 0
  let due = 0

  const perNode = population.perNode()
  const storm = restart(population)
  const nodes = perNode.map(
    (streams, index) =>
      new SimulatedNode({
        agenda,
        costs,
        wakeDelay,
        background: backgroundOf(costs, streams, sessions),
        audience: (list) => population.on(list, index) + storm.joined(list, index),
        latencies: deliveries
      })
  )
  const waiting = nodes.map((): Array<Command> => [])
  /** By node: a commit is running or its batch is being collected. */
  const isCommitting = nodes.map(() => false)

  const hear = (at: number, index: number, commands: ReadonlyArray<Command>, isOwn: boolean) => {
    const node = nodes[index]
    if (node === undefined || node.isDead || commands.length === 0) return
    if (!isOwn) node.hearOf(at, commands.length)
    for (const { at: commandedAt, list } of commands) {
      node.hear(at, list, commandedAt)
      due += population.on(list, index) + storm.joined(list, index)
    }
  }
  /** Delivers a node's events to itself, and to the others over the bus. */
  const tell = (at: number, from: number, commands: ReadonlyArray<Command>) => {
    hear(at, from, commands, true)
    if (nodes.length === 1) return
    agenda.add(at + latency, (now) => {
      for (const index of nodes.keys()) {
        if (index !== from) hear(now, index, commands, false)
      }
    })
  }
  /** Nodes find events without a notification by polling the log. */
  const find = (at: number, commands: ReadonlyArray<Command>) => {
    for (const index of nodes.keys()) {
      agenda.add(at + random.share() * look, (now) => hear(now, index, commands, false))
    }
  }

  /** Collects a batch for some turns, as GroupCommit.ts. */
  const gather = (at: number, index: number) => {
    const node = nodes[index]
    const queue = waiting[index]
    if (node === undefined || queue === undefined || isCommitting[index] || queue.length === 0) return
    isCommitting[index] = true
    const turn = (now: number, before: number, turns: number) => {
      const isWorth = queue.length > before && queue.length < batch && turns < maxTurns
      if (!isWorth) return commit(now, index, node, queue)
      const had = queue.length
      agenda.add(node.free(now), (then) => turn(then, had, turns + 1))
    }
    turn(at, 0, 0)
  }

  const commit = (at: number, index: number, node: SimulatedNode, queue: Array<Command>) => {
    if (node.isDead) return
    const taken = queue.splice(0, batch)
    node.counts.batches++
    const fresh = taken.filter(({ isStored }) => !isStored)
    const asked = node.work(at, costs.node.batch)
    agenda.add(asked, (now) => {
      agenda.add(order.append(now, fresh.length), (committed) => {
        for (const command of fresh) command.isStored = true
        if (node.isDead) {
          find(committed, fresh)
          for (const command of taken) again(committed, command)
          return
        }
        isCommitting[index] = false
        const answered = node.work(committed, (taken.length * costs.node.command) / 2)
        agenda.add(answered, (ready) => {
          if (node.isDead) {
            find(ready, fresh)
            for (const command of taken) again(ready, command)
            return
          }
          tell(ready, index, fresh)
          for (const { at: since } of taken) answers.add(ready - since, 1)
          done += taken.length
          if (ready <= end) inTime += taken.length
          gather(ready, index)
        })
      })
    })
  }

  const arrive = (at: number, command: Command) => {
    const places = load.commanded ?? nodes
    const place = random.below(places.length)
    const index = load.commanded?.[place] ?? place
    const node = nodes[index]
    if (node === undefined || node.isDead) return again(at, command)
    agenda.add(node.take(at), (now) => {
      if (node.isDead) return again(now, command)
      waiting[index]?.push(command)
      gather(now, index)
    })
  }
  /** Retries with exponential back-off and jitter. */
  const again = (at: number, command: Command) => {
    if (nodes.every(({ isDead }) => isDead)) return
    retried++
    const wait = backoff * 2 ** Math.min(6, command.tries++)
    agenda.add(at + wait * (0.5 + random.share()), (now) => arrive(now, command))
  }

  arrivals(load, { agenda, random }, (at) => {
    sent++
    arrive(at, { list: population.pick(random.share()), at, isStored: false, tries: 0 })
  })
  const first = nodes[0]
  if (load.killNodeAt !== undefined && first !== undefined) {
    agenda.add(load.killNodeAt * 1000, (at) => {
      first.isDead = true
      for (const command of waiting[0]?.splice(0) ?? []) again(at, command)
      storm.begin(at, { agenda, nodes, openMicros: costs.stream.open })
    })
  }
  agenda.run()
  return {
    load,
    commands: { sent, done, inTime, retried },
    answers,
    deliveries,
    order,
    nodes: nodes.map(({ counts, cpu }, index) => {
      const streams = perNode[index] ?? 0
      return { ...counts, streams, cpu: cpu / 1000, background: backgroundOf(costs, streams, sessions) }
    }),
    due,
    restart: storm.result()
  }
}
