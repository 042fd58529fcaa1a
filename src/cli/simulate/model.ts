// Commands, commits, events and streams of many nodes as a simulation of discrete events: the same seed gives the same figures. Streams are
// counts (Population.ts), a node is a queue (SimulatedNode.ts), and so is the order of commit (CommitOrder.ts).
import { Agenda } from "./Agenda.ts"
import { CommitOrder } from "./CommitOrder.ts"
import * as Chance from "./chance.ts"
import type { Costs } from "./costs.ts"
import { type Audience, Population } from "./Population.ts"
import { restart } from "./restart.ts"
import { type NodeCounts, SimulatedNode } from "./SimulatedNode.ts"
import { Weights } from "./Weights.ts"

export interface Load extends Audience {
  readonly commandsPerSecond: number
  /** How many times the mean rate a burst has; 1 for none. Half a second in each two is one. */
  readonly burst: number
  /** The nodes that commands come to; all where it isn't given. */
  readonly commanded?: ReadonlyArray<number>
  /** Streams that have a session, of all: each is looked up every 5 seconds. */
  readonly sessions: number
  /** Events of one call of append_events at most. */
  readonly batch: number
  /** Milliseconds that a process which wakes up waits for a processor: 0 where the machines do nothing else. */
  readonly wakeDelay: number
  readonly seconds: number
  readonly seed: number
  /** Seconds after which the first node dies. */
  readonly killNodeAt?: number | undefined
}

export interface Outcome {
  readonly load: Load
  /** Commands that came and that were answered, and those that were sent again because a node had died. */
  readonly commands: { readonly sent: number; readonly done: number; readonly retried: number }
  /** Milliseconds: of commands until they are answered, of changes until a stream has them. */
  readonly answers: Weights
  readonly deliveries: Weights
  readonly order: CommitOrder
  readonly nodes: ReadonlyArray<
    NodeCounts & { readonly streams: number; readonly cpu: number; readonly background: number }
  >
  /** Streams that each event was for, of all events that all living nodes have heard. */
  readonly due: number
  readonly restart: { readonly streams: number; readonly seconds: number } | undefined
}

/** Seconds between two heartbeats' worth of session looks, as in ListFeeds.ts. */
export const sessionsSeen = 5
/** Milliseconds: how long others take to find an event in the log that no bus told of, at most; a client's first wait before it asks again. */
const look = 250
const backoff = 100
/** Turns of the event loop that a call is gathered in. */
const maxTurns = 16
/** Bursts: how long one takes of its period. */
const period = 2000
const burstShare = 0.25

interface Command {
  readonly list: number
  readonly at: number
  /** Its event is in the log already: it is only asked for again. */
  isStored: boolean
  tries: number
}

/** CPU a second that a node's streams take while nothing happens, and the node itself; as a share of a core. */
export const backgroundOf = ({ node, stream }: Costs, streams: number, sessions: number): number =>
  (node.idle + streams * (stream.idle + (sessions * stream.check) / sessionsSeen)) / 1e6

export const simulate = (load: Load, costs: Costs): Outcome => {
  const { batch, seconds, sessions, wakeDelay } = load
  const agenda = new Agenda()
  const chance = Chance.make(load.seed)
  const population = new Population(load)
  const order = new CommitOrder(costs, wakeDelay)
  const answers = new Weights()
  const deliveries = new Weights()
  const end = seconds * 1000
  const latency = costs.bus.latency / 1000
  let sent = 0
  let done = 0
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
  /** A call is under way, or being gathered. */
  const isCommitting = nodes.map(() => false)

  const hear = (at: number, index: number, { at: commandedAt, list }: Command, isOwn: boolean) => {
    const node = nodes[index]
    if (node === undefined || node.isDead) return
    node.hear(at, list, commandedAt, isOwn)
    due += population.on(list, index) + storm.joined(list, index)
  }
  /** The others hear of a node's events by the bus. */
  const tell = (at: number, from: number, commands: ReadonlyArray<Command>) => {
    for (const command of commands) hear(at, from, command, true)
    if (nodes.length === 1) return
    agenda.add(at + latency, (now) => {
      for (const index of nodes.keys()) {
        if (index !== from) for (const command of commands) hear(now, index, command, false)
      }
    })
  }
  /** Of what no bus told them the log tells. */
  const find = (at: number, commands: ReadonlyArray<Command>) => {
    for (const index of nodes.keys()) {
      agenda.add(at + chance.share() * look, (now) => {
        for (const command of commands) hear(now, index, command, false)
      })
    }
  }

  /** As GroupCommit.ts: who is on the loop already is waited for, some turns long. */
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
          gather(ready, index)
        })
      })
    })
  }

  const arrive = (at: number, command: Command) => {
    const places = load.commanded ?? nodes
    const place = chance.below(places.length)
    const index = load.commanded?.[place] ?? place
    const node = nodes[index]
    if (node === undefined || node.isDead) return again(at, command)
    node.counts.commands++
    agenda.add(node.work(at, costs.node.command / 2), (now) => {
      if (node.isDead) return again(now, command)
      waiting[index]?.push(command)
      gather(now, index)
    })
  }
  /** Later each time, and not all at once. */
  const again = (at: number, command: Command) => {
    if (nodes.every(({ isDead }) => isDead)) return
    retried++
    const wait = backoff * 2 ** Math.min(6, command.tries++)
    agenda.add(at + wait * (0.5 + chance.share()), (now) => arrive(now, command))
  }

  /** The mean is the same with bursts and without. */
  const rateAt = (at: number) => {
    const quiet = (1 - load.burst * burstShare) / (1 - burstShare)
    return load.commandsPerSecond * (at % period < period * burstShare ? load.burst : Math.max(0, quiet))
  }
  // Drawn at the highest rate, and taken as often as the rate of the moment says.
  const most = load.commandsPerSecond * Math.max(1, load.burst)
  const next = (at: number) => {
    const then = at + chance.gap(1000 / most)
    if (then >= end) return
    agenda.add(then, (now) => {
      if (chance.share() * most < rateAt(now)) {
        sent++
        arrive(now, { list: population.pick(chance.share()), at: now, isStored: false, tries: 0 })
      }
      next(now)
    })
  }
  if (most > 0) next(0)

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
    commands: { sent, done, retried },
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
