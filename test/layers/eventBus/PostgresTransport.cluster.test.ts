import { beforeAll, describe } from "@effect/vitest"
import { make } from "../../../src/layers/eventBus/PostgresTransport.ts"
import { isSkipped } from "../../servers/postgres.ts"
import { postgresForFile } from "../../servers/postgresForFile.ts"
import { eventBusContract } from "./eventBusContract.ts"
import { remoteBusContract, singleNode } from "./remoteBusContract.ts"

describe.skipIf(isSkipped)("PostgreSQL", () => {
  const { database, server } = postgresForFile()
  let url = ""
  beforeAll(async () => {
    url = await database()
  })
  const env = () => ({ EVENT_BUS: "postgres", DATABASE_URL: url })

  eventBusContract("EVENT_BUS=postgres", singleNode(make, env))
  remoteBusContract({
    name: "postgres",
    make,
    env,
    kill: () => server().end("immediate"),
    start: () => server().start()
  })
})
