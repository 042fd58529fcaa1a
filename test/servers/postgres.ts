// A real PostgreSQL on its own directory; as root, it runs as Debian's user "postgres".
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, realpathSync, renameSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import pg from "pg"
import { program } from "../program.ts"
import { freePort } from "./ports.ts"
import {
  type Machine,
  makeTemporaryDirectory,
  runAs,
  type Server,
  startServer,
  thisMachine,
  type User
} from "./server.ts"

export const { isSkipped, path: postgres } = program("postgres", 'Debian\'s package "postgresql" has it')

export interface PostgresOptions {
  /** Default: a free one. */
  readonly port?: number
  /** Its data, created if missing, kept when it stops. Default: a temporary directory. */
  readonly directory?: string
  readonly machine?: Machine
  /** Further `-c` settings. */
  readonly settings?: Record<string, string>
}

/** "fast" closes connections cleanly, "immediate" as a crash would. */
export type EndMode = "fast" | "immediate"
const signalOf = { fast: "SIGINT", immediate: "SIGQUIT" } as const

export interface Postgres extends Server {
  readonly port: number
  /** URL of the database "evenstar", which exists from the start. */
  readonly url: string
  readonly urlOf: (database: string) => string
  /** Creates a database; returns its URL. */
  readonly createDatabase: (name: string) => Promise<string>
  /** Runs one statement on a separate connection; returns its rows. */
  readonly query: (statement: string, values?: ReadonlyArray<unknown>, url?: string) => Promise<ReadonlyArray<unknown>>
  /** Stops it; `start` restarts it. */
  readonly end: (mode: EndMode) => Promise<void>
  readonly restart: (mode: EndMode) => Promise<void>
  /** Starts a synchronous standby: a COMMIT is acknowledged once the standby has it. */
  readonly standby: () => Promise<Postgres>
}

const owner = () => {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }))
  return { uid: idOf("-u"), gid: idOf("-g") }
}

/** Copies the run's template (see test/bundle.ts), which the first call makes. */
const initialise = (data: string, user: User | undefined) => {
  const template = process.env["EVENSTAR_POSTGRES"]
  // With its owner.
  const copy = (from: string, to: string) => execFileSync("cp", ["-Rp", from, to])
  if (template !== undefined && existsSync(template)) {
    copy(`${template}/.`, data)
    return
  }
  mkdirSync(data, { recursive: true, mode: 0o700 })
  if (user !== undefined) execFileSync("chown", [`${user.uid}:${user.gid}`, data])
  // Only initdb skips fsync.
  const init = ["--pgdata", data, "--username=evenstar", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
  runAs(user, join(dirname(realpathSync(postgres)), "initdb"), init)
  // The other hosts of a test's network.
  runAs(user, "sh", ["-c", 'echo "host all all 10.123.0.0/16 trust" >>"$0"', join(data, "pg_hba.conf")])
  if (template === undefined) return
  const own = `${template}.${process.pid}`
  copy(data, own)
  try {
    renameSync(own, template)
  } catch {
    // Another worker was first.
    rmSync(own, { recursive: true })
  }
}

export const startPostgres = async (options: PostgresOptions = {}): Promise<Postgres> => {
  const { machine = thisMachine, port = await freePort() } = options
  const user = owner()
  const place = makeTemporaryDirectory(user)
  const data = options.directory ?? join(place, "data")
  if (!existsSync(join(data, "PG_VERSION"))) initialise(data, user)
  const settings = {
    listen_addresses: machine.address,
    port: `${port}`,
    unix_socket_directories: place,
    max_connections: "200",
    // Tests kill it and examine what is left.
    fsync: "on",
    // Recovery syncs the whole directory, hundreds of files per database: one syncfs is enough.
    recovery_init_sync_method: "syncfs",
    ...options.settings
  }
  const urlOf = (database: string) => `postgres://evenstar@${machine.address}:${port}/${database}`
  const query: Postgres["query"] = async (statement, values = [], url = urlOf("evenstar")) => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
    // Stopping the server while connected also fails the statement, which reports it.
    client.on("error", () => undefined)
    try {
      await client.connect()
      const { rows } = await client.query(statement, [...values])
      return rows
    } finally {
      await client.end().catch(() => undefined)
    }
  }
  const isReady = () =>
    query("SELECT 1", [], urlOf("postgres")).then(
      () => true,
      () => false
    )

  const server = await startServer({
    command: postgres,
    args: ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    directory: place,
    machine,
    user,
    isReady,
    // A discarded directory needs no checkpoint; a kept one is recoverable after this as well.
    end: "SIGQUIT"
  })
  const createDatabase = async (name: string) => {
    await query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`, [], urlOf("postgres"))
    return urlOf(name)
  }
  const [found] = await query("SELECT 1 FROM pg_database WHERE datname = 'evenstar'", [], urlOf("postgres"))
  if (found === undefined) await createDatabase("evenstar")

  const end = (mode: EndMode) => server.kill(signalOf[mode])
  return {
    ...server,
    port,
    url: urlOf("evenstar"),
    urlOf,
    createDatabase,
    query,
    end,
    restart: async (mode) => {
      await end(mode)
      await server.start()
    },
    standby: async () => {
      const copy = join(makeTemporaryDirectory(user), "data")
      const source = ["--host", machine.address, "--port", `${port}`, "--username", "evenstar"]
      const how = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
      runAs(user, join(dirname(realpathSync(postgres)), "pg_basebackup"), ["--pgdata", copy, ...source, ...how])
      const { port: _, ...others } = options
      const follower = await startPostgres({ ...others, directory: copy })
      await query("ALTER SYSTEM SET synchronous_standby_names = '*'")
      await query("SELECT pg_reload_conf()")
      return follower
    }
  }
}
