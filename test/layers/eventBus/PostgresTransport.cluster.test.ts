import { beforeAll, describe } from "@effect/vitest"
import { make } from "../../../src/layers/eventBus/PostgresTransport.ts"
import { mayBeLeftOut } from "../../servers/postgres.ts"
import { postgresOfFile } from "../../servers/postgresOfFile.ts"
import { eventBusContract } from "./eventBusContract.ts"
import { alone, remoteBusContract } from "./remoteBusContract.ts"

describe.skipIf(mayBeLeftOut)("PostgreSQL", () => {
  const { database, server } = postgresOfFile()
  let url = ""
  beforeAll(async () => {
    url = await database()
  })
  const env = () => ({ EVENT_BUS: "postgres", DATABASE_URL: url })

  eventBusContract("EVENT_BUS=postgres", alone(make, env))
  remoteBusContract({
    name: "postgres",
    make,
    env,
    kill: () => server().end("immediate"),
    start: () => server().start()
  })
})
