// Seats for queries, given in turn to the networks that wait: one that asks a lot waits for itself, and not the others for it.
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"

/** Networks that want an answer, with their requests; it is read when a seat is free, so that others may have joined by then. */
export type Networks = ReadonlyMap<string, number>

interface Ticket {
  readonly networks: Networks
  isSeated: boolean
  /** Its work has begun to wait for the seat: then that gives the seat back, and nothing else does. */
  isHeld: boolean
  seat: () => void
}

export class FairSeats {
  /** In the order of their arrival. */
  private readonly line = new Set<Ticket>()
  /** When each network that waits was served last. */
  private served = new Map<string, number>()
  private turn = 0
  constructor(private free: number) {}

  get waiting() {
    return this.line.size
  }

  waitingOf(network: string) {
    let count = 0
    for (const { networks } of this.line) if (networks.has(network)) count++
    return count
  }

  /**
   * The work, once there is a seat. `around` may end both, as a timeout does; where it disconnects, the seat is taken until the
   * work has really ended. The place in the line is taken at once and given up at once.
   */
  withSeat<A, E, E2 = E>(
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
            () => Effect.zipRight(seated(ticket), work),
            () => Effect.sync(() => this.leave(ticket))
          )
        ),
      (ticket) => Effect.sync(() => (ticket.isHeld && ticket.isSeated ? undefined : this.leave(ticket)))
    )
  }

  private enter(networks: Networks): Ticket {
    const ticket: Ticket = { networks, isSeated: false, isHeld: false, seat: () => {} }
    this.line.add(ticket)
    this.fill()
    return ticket
  }

  private leave(ticket: Ticket) {
    if (this.line.delete(ticket) || !ticket.isSeated) return
    ticket.isSeated = false
    this.free++
    this.fill()
  }

  private fill() {
    while (this.free > 0) {
      const ticket = this.next()
      if (ticket === undefined) return
      this.free--
      this.line.delete(ticket)
      ticket.isSeated = true
      ticket.seat()
    }
  }

  /** The first ticket of the network that was served longest ago. */
  private next(): Ticket | undefined {
    const served = new Map<string, number>()
    let best: { readonly ticket: Ticket; readonly network: string; readonly at: number } | undefined
    for (const ticket of this.line) {
      for (const network of ticket.networks.keys()) {
        // A newcomer goes before the one that was served last, and before nobody who has waited longer.
        const at = this.served.get(network) ?? this.turn - 1
        served.set(network, at)
        if (best === undefined || at < best.at) best = { ticket, network, at }
      }
    }
    this.served = served
    if (best === undefined) return this.line.values().next().value
    served.set(best.network, ++this.turn)
    return best.ticket
  }
}

/** Goes on at once where there is a seat. */
const seated = (ticket: Ticket) =>
  Effect.suspend(() =>
    ticket.isSeated
      ? Effect.void
      : Effect.async<void>((resume) => {
          ticket.seat = () => resume(Effect.void)
        })
  )
