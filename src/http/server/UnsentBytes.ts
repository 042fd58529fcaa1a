// Bytes that answers and streams hold because their clients have not taken them yet: counted by network and in all. A response
// holds shared bytes by reference, and yet each counts: its version may be the last that anybody asks for.
import type { ServerResponse } from "node:http"
import { totalmem } from "node:os"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Settings } from "../../layers/node/Settings.ts"
import { clientAddress, network } from "./address.ts"

const mebibyte = 1024 * 1024

/** What a process may hold, of the memory that it has: an eighth, 256 MiB at most; one network a quarter of it. */
export const unsentLimits = (memory: number) => {
  const inAll = Math.min(256 * mebibyte, Math.floor(memory / 8))
  return { inAll, ofNetwork: Math.floor(inAll / 4) }
}

/** Answers up to here are sent whatever is held: refusals, and what commands have led to. Bytes. */
export const small = 16 * 1024

/** How much is held where, and how much more may be. */
export class Ledger {
  total = 0
  refused = 0
  private readonly held = new Map<string, number>()
  constructor(readonly limits: { readonly inAll: number; readonly ofNetwork: number }) {}

  /** One answer is always let through, however large: to who holds nothing. */
  admits(from: string, size: number): boolean {
    const own = this.held.get(from) ?? 0
    const fits = this.total + size <= this.limits.inAll && (own === 0 || own + size <= this.limits.ofNetwork)
    if (!fits) this.refused++
    return fits
  }

  /** More is held, or less where `size` is negative. */
  add(from: string, size: number) {
    this.total += size
    const held = (this.held.get(from) ?? 0) + size
    if (held === 0) this.held.delete(from)
    else this.held.set(from, held)
  }
}

interface Held {
  readonly from: string
  readonly size: number
}

export class UnsentBytes extends Context.Tag("evenstar/UnsentBytes")<
  UnsentBytes,
  {
    readonly ledger: Ledger
    /** Whether a response may be given a body of so many bytes. */
    readonly admits: (response: ServerResponse, size: number) => boolean
    /** Counts a body that has been given to its response, until the client has taken it or has left. */
    readonly hold: (response: ServerResponse, size: number) => void
  }
>() {
  static readonly layer = Layer.effect(
    UnsentBytes,
    Effect.map(Settings, ({ trustProxy }) => {
      // Without a limit of its own, a process has what the machine has.
      const ledger = new Ledger(unsentLimits(Math.min(totalmem(), process.constrainedMemory() || totalmem())))
      const held = new WeakMap<ServerResponse, Held>()
      const networkOf = ({ req }: ServerResponse) => network(clientAddress(req, trustProxy))
      // Shared, so that it costs an answer no closure.
      function released(this: ServerResponse) {
        const known = held.get(this)
        if (known === undefined) return
        held.delete(this)
        ledger.add(known.from, -known.size)
      }
      return {
        ledger,
        admits: (response, size) => size <= small || ledger.admits(networkOf(response), size),
        hold: (response, size) => {
          // As a rule the kernel has taken it all at once.
          if (response.writableFinished || response.destroyed || response.req.socket.writableLength === 0) return
          const known = { from: networkOf(response), size }
          held.set(response, known)
          ledger.add(known.from, size)
          response.once("close", released)
        }
      }
    })
  )
}
