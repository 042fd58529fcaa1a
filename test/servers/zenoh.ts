// A real zenoh-bridge-remote-api: WebSocket for the TypeScript client, Zenoh for other bridges.
import { existsSync } from "node:fs"
import { join } from "node:path"
import { program, skipWithNotice } from "../program.ts"
import { accepts, freePort } from "./ports.ts"
import { type Machine, makeTemporaryDirectory, type Server, startServer, thisMachine } from "./server.ts"

const found = program(
  "zenoh-bridge-remote-api",
  "`cargo install --locked zenoh-bridge-remote-api --version 1.10.2 --root .tools/zenoh-bridge-remote-api` builds it"
)
export const zenohBridge = found.path

/** The client's folder (.ci/run installs it), with `node_modules`. Start programs there. */
export const clientDirectory = join(import.meta.dirname, "../../.tools/zenoh-ts")
const hasClient = existsSync(join(clientDirectory, "node_modules/@eclipse-zenoh/zenoh-ts"))
const install = "`npm install --no-save --omit=dev --prefix .tools/zenoh-ts @eclipse-zenoh/zenoh-ts@1.10.1` gets it"

export const { isSkipped } = found
/** The same for tests that use the TypeScript client. */
export const isClientSkipped = isSkipped || (!hasClient && skipWithNotice("zenoh-ts", `not installed (${install})`))

export interface ZenohOptions {
  /** For the TypeScript client. */
  readonly wsPort?: number
  /** For other bridges. */
  readonly peerPort?: number
  /** The `peer` of bridges that join. */
  readonly connect?: ReadonlyArray<string>
  readonly machine?: Machine
}

export interface Zenoh extends Server {
  readonly wsPort: number
  readonly peerPort: number
  /** As `ZENOH_URL` and the client's `Config` expect it: `ws://127.0.0.1:10000`. */
  readonly url: string
  /** Its address for other bridges: `tcp/127.0.0.1:7447`. */
  readonly peer: string
}

export const startZenohBridge = async (options: ZenohOptions = {}): Promise<Zenoh> => {
  const { connect = [], machine = thisMachine, peerPort = await freePort(), wsPort = await freePort() } = options
  const peer = `tcp/${machine.address}:${peerPort}`
  const ws = `${machine.address}:${wsPort}`
  const isReady = async () => (await accepts(machine.address, wsPort)) && accepts(machine.address, peerPort)
  const server = await startServer({
    command: zenohBridge,
    args: [
      ...["--no-multicast-scouting", "--ws-port", ws, "-l", peer],
      ...connect.flatMap((endpoint) => ["-e", endpoint])
    ],
    directory: makeTemporaryDirectory(),
    machine,
    isReady
  })
  return { ...server, wsPort, peerPort, url: `ws://${ws}`, peer }
}
