import { afterAll, beforeAll, describe } from "@effect/vitest"
import { make } from "../../../src/layers/bus/ZenohTransport.ts"
import { clientDirectory, clientMayBeLeftOut, startZenohBridge, type Zenoh } from "../../servers/zenoh.ts"
import { eventBusContract } from "../eventBusContract.ts"
import { alone, remoteBusContract } from "./remoteBusContract.ts"

describe.skipIf(clientMayBeLeftOut)("Zenoh", () => {
  const before = process.cwd()
  let bridge: Zenoh
  beforeAll(async () => {
    // Where the client is: no dependency, so not beside us.
    process.chdir(clientDirectory)
    bridge = await startZenohBridge()
  })
  afterAll(async () => {
    process.chdir(before)
    await bridge.stop()
  })
  const env = () => ({ EVENT_BUS: "zenoh", ZENOH_URL: bridge.url })

  eventBusContract("EVENT_BUS=zenoh", alone(make, env))
  remoteBusContract({ make, env, kill: () => bridge.kill(), start: () => bridge.start() })
})
