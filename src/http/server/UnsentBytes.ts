// Accounts for response bytes that clients have not taken yet, by network and in total. Shared
// buffers count for each response: it may hold the last reference to an old version.
import type { ServerResponse } from "node:http"
import { totalmem } from "node:os"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Settings } from "../../layers/node/Settings.ts"
import { clientAddress, network } from "./address.ts"

const mebibyte = 1024 * 1024

/** Limits in bytes: an eighth of the memory, at most 256 MiB; a quarter of that for one network. */
export const unsentLimits = (memory: number) => {
  const inAll = Math.min(256 * mebibyte, Math.floor(memory / 8))
  return { inAll, ofNetwork: Math.floor(inAll / 4) }
}

/** Responses of up to so many bytes are always sent: refusals and command results. */
export const small = 16 * 1024

/** Bytes held in total and for each network, and the limits. */
export class Ledger {
  total = 0
  refused = 0
  private readonly held = new Map<string, number>()
  constructor(readonly limits: { readonly inAll: number; readonly ofNetwork: number }) {}

  /** A network that holds nothing may always have one response, however large. */
  admits(from: string, size: number): boolean {
    const own = this.held.get(from) ?? 0
    const fits = this.total + size <= this.limits.inAll && (own === 0 || own + size <= this.limits.ofNetwork)
    if (!fits) this.refused++
    return fits
  }

  /** Adds bytes; a negative `size` releases them. */
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
    /** Whether a response may have a body of `size` bytes. */
    readonly admits: (response: ServerResponse, size: number) => boolean
    /** Counts a body until the client has taken it or has disconnected. */
    readonly hold: (response: ServerResponse, size: number) => void
  }
>() {
  static readonly layer = Layer.effect(
    UnsentBytes,
    Effect.map(Settings, ({ trustProxy }) => {
      // constrainedMemory() is 0 without a cgroup limit.
      const ledger = new Ledger(unsentLimits(Math.min(totalmem(), process.constrainedMemory() || totalmem())))
      const held = new WeakMap<ServerResponse, Held>()
      const networkOf = ({ req }: ServerResponse) => network(clientAddress(req, trustProxy))
      // A shared listener: no closure for each response.
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
          // Usually the kernel has taken everything at once.
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
