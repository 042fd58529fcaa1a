// Which process this is among those that share a log or a bus.
import { randomUUID } from "node:crypto"
import { hostname } from "node:os"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Settings } from "./Settings.ts"

/** Without its Layer it is named after the machine: a true name, and no data goes elsewhere for it, so it may be left out. */
export class NodeIdentity extends Context.Reference<NodeIdentity>()("evenstar/NodeIdentity", {
  defaultValue: (): { readonly nodeId: string; readonly instanceId: string } => ({
    /** What people call it: `NODE_ID`. Two processes may have the same one, while one takes the other's place. */
    nodeId: hostname(),
    /** This process and no other, before or after. */
    instanceId: randomUUID()
  })
}) {
  static readonly layer = Layer.effect(
    NodeIdentity,
    Effect.map(Settings, ({ nodeId }) => ({ nodeId: Option.getOrElse(nodeId, hostname), instanceId: randomUUID() }))
  )
}
