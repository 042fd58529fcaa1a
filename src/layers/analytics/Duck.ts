// DuckDB as Effects. Calls run on libuv threads; interruption waits until DuckDB has stopped,
// because a connection must not be closed under a running call.
import type { DuckDBConnection, DuckDBResultReader } from "@duckdb/node-api"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

/** DuckDB's own message: `IO Error: Could not set lock on file …`. */
export class DuckFailed extends Schema.TaggedError<DuckFailed>()("DuckFailed", {
  reason: Schema.String,
  cause: Schema.Defect
}) {
  override get message() {
    return this.reason
  }
  /** The statement is invalid: a defect of its author. */
  get isOfStatement() {
    return /^(Parser|Syntax|Binder|Catalog|Conversion|Constraint|Invalid Input|Out of Range|Not implemented|Permission) Error/.test(
      this.reason
    )
  }
  /** Another process has the file open. */
  get isOfLock() {
    return /Could not set lock|Conflicting lock/.test(this.reason)
  }
}

export const failed = (cause: unknown) =>
  new DuckFailed({ reason: cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause), cause })

/** Milliseconds between interrupts: one sent before the call has started is lost. */
const insistence = 20

const settle = <A>(call: () => Promise<A>, onInterrupt: () => void) =>
  Effect.async<A, DuckFailed>((resume) => {
    const settled = call().then(
      (value) => resume(Effect.succeed(value)),
      (error) => resume(Effect.fail(failed(error)))
    )
    return Effect.promise(() => {
      onInterrupt()
      const again = setInterval(onInterrupt, insistence)
      return settled.finally(() => clearInterval(again))
    })
  })

/** Uninterruptible. */
const whole = <A>(call: () => Promise<A>) => Effect.uninterruptible(settle(call, () => {}))

export interface Connection {
  /** The native connection, for synchronous calls such as appenders. */
  readonly native: DuckDBConnection
  readonly run: (sql: string) => Effect.Effect<void, DuckFailed>
  /** Runs one statement with named parameters; missing values bind NULL. */
  readonly query: (
    sql: string,
    values?: Readonly<Record<string, string | number | undefined>>
  ) => Effect.Effect<DuckDBResultReader, DuckFailed>
}

export interface Duck {
  readonly connect: Effect.Effect<Connection, DuckFailed, Scope.Scope>
}

const connectionOf = (native: DuckDBConnection): Connection => {
  const interrupt = () => native.interrupt()
  return {
    native,
    run: (sql) => Effect.asVoid(settle(() => native.run(sql), interrupt)),
    query: (sql, values = {}) =>
      Effect.acquireUseRelease(
        whole(() => native.prepare(sql)),
        (statement) =>
          settle(() => {
            for (let index = 1; index <= statement.parameterCount; index++) {
              const value = values[statement.parameterName(index)]
              if (value === undefined) statement.bindNull(index)
              else if (typeof value === "number") statement.bindBigInt(index, BigInt(value))
              else statement.bindVarchar(index, value)
            }
            return statement.runAndReadAll()
          }, interrupt),
        (statement) => Effect.sync(() => statement.destroySync())
      )
  }
}

/** Disables network access and foreign files. */
const closed = ["autoinstall_known_extensions", "autoload_known_extensions", "enable_external_access"]

/** Opens `file`, or a database in memory. Only one process can open a file. */
export const open = (file: string, options: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    // Loaded on demand: 70 MB of native library.
    const { DuckDBInstance } = yield* whole(() => import("@duckdb/node-api"))
    const instance = yield* Effect.acquireRelease(
      whole(() =>
        DuckDBInstance.create(file, { ...options, ...Object.fromEntries(closed.map((it) => [it, "false"])) })
      ),
      (instance) => Effect.sync(() => instance.closeSync())
    )
    const connections = new Set<DuckDBConnection>()
    // `process.exit` waits for libuv threads, so running queries are interrupted.
    const interruptAll = () => {
      for (const connection of connections) connection.interrupt()
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => process.on("exit", interruptAll)),
      () => Effect.sync(() => process.off("exit", interruptAll))
    )
    /** Idle connections: a new one loads the catalog, which takes as long as a short query. */
    const idle: Array<DuckDBConnection> = []
    const close = (native: DuckDBConnection) => {
      connections.delete(native)
      native.closeSync()
    }
    yield* Effect.addFinalizer(() => Effect.sync(() => idle.forEach(close)))
    const connect = Effect.map(
      Effect.acquireRelease(
        Effect.suspend(() => {
          const native = idle.pop()
          if (native !== undefined) return Effect.succeed(native)
          return Effect.tap(
            whole(() => instance.connect()),
            (made) => Effect.sync(() => connections.add(made))
          )
        }),
        // A failed connection may be in an undefined state.
        (native, exit) => Effect.sync(() => (Exit.isSuccess(exit) ? idle.push(native) : close(native)))
      ),
      connectionOf
    )
    return { connect } satisfies Duck
  })
