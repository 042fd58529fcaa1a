// A fair queue of query slots, round-robin by network: a busy network delays only itself.
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"

/**
 * Networks waiting for a result, with their number of requests. Read when a slot frees up, so later
 * requests count.
 */
export type Networks = ReadonlyMap<string, number>

interface Ticket {
  readonly networks: Networks
  hasSlot: boolean
  /** The work waits for or holds the slot and will release it. */
  isHeld: boolean
  grant: () => void
}

export class FairQueue {
  /** In order of arrival. */
  private readonly queue = new Set<Ticket>()
  /** Turn in which each waiting network was last served. */
  private served = new Map<string, number>()
  private turn = 0
  constructor(private free: number) {}

  get waiting() {
    return this.queue.size
  }

  waitingOf(network: string) {
    let count = 0
    for (const { networks } of this.queue) if (networks.has(network)) count++
    return count
  }

  /**
   * Runs the work when a slot is free. `around` may wrap both, for example with a timeout; if it
   * disconnects, the slot stays taken until the work has ended. The place in the queue is taken and
   * released synchronously.
   */
  withSlot<A, E, E2 = E>(
    networks: Networks,
    work: Effect.Effect<A, E>,
    around: (seated: Effect.Effect<A, E>) => Effect.Effect<A, E | E2> = identity
  ): Effect.Effect<A, E | E2> {
    return Effect.acquireUseRelease(
      Effect.sync(() => this.enter(networks)),
      (ticket) =>
        around(
          Effect.acquireUseRelease(
            Effect.sync(() => {
              ticket.isHeld = true
            }),
            () => Effect.zipRight(slotGranted(ticket), work),
            () => Effect.sync(() => this.leave(ticket))
          )
        ),
      (ticket) => Effect.sync(() => (ticket.isHeld && ticket.hasSlot ? undefined : this.leave(ticket)))
    )
  }

  private enter(networks: Networks): Ticket {
    const ticket: Ticket = { networks, hasSlot: false, isHeld: false, grant: () => {} }
    this.queue.add(ticket)
    this.fill()
    return ticket
  }

  private leave(ticket: Ticket) {
    if (this.queue.delete(ticket) || !ticket.hasSlot) return
    ticket.hasSlot = false
    this.free++
    this.fill()
  }

  private fill() {
    while (this.free > 0) {
      const ticket = this.next()
      if (ticket === undefined) return
      this.free--
      this.queue.delete(ticket)
      ticket.hasSlot = true
      ticket.grant()
    }
  }

  /** The first ticket of the least recently served network. */
  private next(): Ticket | undefined {
    const served = new Map<string, number>()
    let best: { readonly ticket: Ticket; readonly network: string; readonly at: number } | undefined
    for (const ticket of this.queue) {
      for (const network of ticket.networks.keys()) {
        // A new network goes before the one served last.
        const at = this.served.get(network) ?? this.turn - 1
        served.set(network, at)
        if (best === undefined || at < best.at) best = { ticket, network, at }
      }
    }
    this.served = served
    if (best === undefined) return this.queue.values().next().value
    served.set(best.network, ++this.turn)
    return best.ticket
  }
}

/** Returns at once if a slot was granted. */
const slotGranted = (ticket: Ticket) =>
  Effect.suspend(() =>
    ticket.hasSlot
      ? Effect.void
      : Effect.async<void>((resume) => {
          ticket.grant = () => resume(Effect.void)
        })
  )
