// Identity of this process among those that share a log or a bus.
import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Settings } from "./Settings.ts"

/** Defaults to the host name; the identity selects no storage, so the Layer is optional. */
export class NodeIdentity extends Context.Reference<NodeIdentity>()("evenstar/NodeIdentity", {
  defaultValue: (): { readonly nodeId: string; readonly instanceId: string } => ({
    /** `NODE_ID`. During a rolling restart two processes may share one. */
    nodeId: hostname(),
    /** Unique per process start. */
    instanceId: randomUUID()
  })
}) {
  static readonly layer = Layer.effect(
    NodeIdentity,
    Effect.map(Settings, ({ nodeId }) => ({ nodeId: Option.getOrElse(nodeId, hostname), instanceId: randomUUID() }))
  )
}
