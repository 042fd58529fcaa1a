// Networks waiting for each query's result.
import * as Effect from "effect/Effect"
import type { Networks } from "./FairQueue.ts"

const none: Networks = new Map()

export class NetworksByKey {
  private readonly byKey = new Map<string, Map<string, number>>()

  /** A live view of the networks. */
  of(key: string): Networks {
    return this.byKey.get(key) ?? none
  }

  /** Registers the network while the work runs. */
  during<A, E>(key: string, network: string, work: Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.acquireUseRelease(
      Effect.sync(() => this.join(key, network)),
      () => work,
      (networks) => Effect.sync(() => this.leave(key, network, networks))
    )
  }

  private join(key: string, network: string) {
    const networks = this.byKey.get(key) ?? new Map<string, number>()
    this.byKey.set(key, networks.set(network, (networks.get(network) ?? 0) + 1))
    return networks
  }

  private leave(key: string, network: string, networks: Map<string, number>) {
    const left = (networks.get(network) ?? 1) - 1
    if (left > 0) return void networks.set(network, left)
    networks.delete(network)
    if (networks.size === 0 && this.byKey.get(key) === networks) this.byKey.delete(key)
  }
}
