// Accounts in SQLite: tables `users`, `credentials` and `user_visitors`.
import type { SqlError } from "@effect/sql/SqlError"
import type { Statement } from "@effect/sql/Statement"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ParseError } from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { UserId } from "../../domain/Account.ts"
import { Credential } from "../../domain/Passkey.ts"
import { VisitorId } from "../../domain/StoredEvent.ts"
import { Ids } from "../node/Ids.ts"
import { Sql, storeErrors } from "../sqlite/Sql.ts"
import { type AccountsService, maxVisitorsPerUser } from "./Accounts.ts"

const Row = Schema.Struct({ ...Credential.fields, transports: Schema.parseJson(Credential.fields.transports) })
const decode = Schema.decodeUnknown(Schema.Array(Row))
const decodeVisitors = Schema.decodeUnknown(Schema.Array(Schema.Struct({ visitorId: VisitorId })))
const decodeUsers = Schema.decodeUnknown(Schema.Array(Schema.Struct({ userId: UserId })))
const decodeChanges = Schema.decodeUnknown(Schema.Struct({ changes: Schema.Number }))

export const make = Effect.gen(function* () {
  const { immediate, query, read, reader, write } = yield* Sql
  const ids = yield* Ids

  const select = (rows: Effect.Effect<unknown, SqlError>) =>
    storeErrors(Effect.flatMap(rows, (found): Effect.Effect<ReadonlyArray<Credential>, ParseError> => decode(found)))
  const ofUser = reader.prepare(
    `SELECT visitor_id AS "visitorId" FROM user_visitors WHERE user_id = ? ORDER BY visitor_id`
  )
  /** Runs a statement in its own transaction; true when it changed rows. */
  const changed = (statement: Statement<unknown>) =>
    Effect.map(
      storeErrors(immediate(Effect.flatMap(statement.raw, (result) => decodeChanges(result)))),
      ({ changes }) => changes > 0
    )
  const columns = read.literal(`credential_id AS "credentialId", user_id AS "userId", public_key AS "publicKey",
    counter, transports, device, created_at AS "createdAt", last_used AS "lastUsed"`)

  return {
    register: Effect.fn("Accounts.register")(function* (credential, userId) {
      const now = yield* Clock.currentTimeMillis
      const { counter, credentialId, device, publicKey, transports } = credential
      yield* storeErrors(
        immediate(
          Effect.zipRight(
            write`INSERT OR IGNORE INTO users ${write.insert({ user_id: userId, created_at: now })}`,
            write`INSERT INTO credentials ${write.insert({
              credential_id: credentialId,
              user_id: userId,
              public_key: publicKey,
              counter,
              transports: JSON.stringify(transports),
              device,
              created_at: now,
              last_used: now
            })}`
          )
        )
      )
    }),
    find: Effect.fn("Accounts.find")((credentialId) =>
      Effect.map(
        select(read`SELECT ${columns} FROM credentials WHERE credential_id = ${credentialId}`),
        ([credential]) => Option.fromNullable(credential)
      )
    ),
    credentialsOf: Effect.fn("Accounts.credentialsOf")((userId) =>
      select(read`SELECT ${columns} FROM credentials WHERE user_id = ${userId} ORDER BY created_at, credential_id`)
    ),
    used: Effect.fn("Accounts.used")(function* (credentialId, counter) {
      const now = yield* Clock.currentTimeMillis
      return yield* changed(
        write`UPDATE credentials SET counter = ${counter}, last_used = ${now}
          WHERE credential_id = ${credentialId} AND (counter < ${counter} OR counter = 0)`
      )
    }),
    remove: Effect.fn("Accounts.remove")((userId, credentialId) =>
      changed(
        write`DELETE FROM credentials WHERE user_id = ${userId} AND credential_id = ${credentialId}
          AND (SELECT COUNT(*) FROM credentials WHERE user_id = ${userId}) > 1`
      )
    ),
    claim: Effect.fn("Accounts.claim")(function* (userId, visitorId) {
      const another = VisitorId.make(yield* ids.random)
      const tie = (visitor: VisitorId) =>
        write`INSERT OR IGNORE INTO user_visitors (visitor_id, user_id) SELECT ${visitor}, ${userId}
          WHERE (SELECT COUNT(*) FROM user_visitors WHERE user_id = ${userId}) < ${maxVisitorsPerUser}`
      const theirs = write`SELECT visitor_id AS "visitorId" FROM user_visitors WHERE user_id = ${userId}
        ORDER BY visitor_id = ${visitorId} DESC, visitor_id LIMIT 1`
      return yield* storeErrors(
        immediate(
          Effect.gen(function* () {
            yield* tie(visitorId)
            const [first] = yield* decodeVisitors(yield* theirs)
            if (first !== undefined) return first.visitorId
            yield* tie(another)
            return another
          })
        )
      )
    }),
    userOf: Effect.fn("Accounts.userOf")((visitorId) =>
      Effect.map(
        storeErrors(
          Effect.flatMap(read`SELECT user_id AS "userId" FROM user_visitors WHERE visitor_id = ${visitorId}`, (rows) =>
            decodeUsers(rows)
          )
        ),
        ([user]) => Option.fromNullable(user?.userId)
      )
    ),
    // Read on every request of a signed-in user.
    visitorsOf: (userId) =>
      Effect.map(
        storeErrors(
          Effect.flatMap(
            query(() => ofUser.all(userId)),
            (rows) => decodeVisitors(rows)
          )
        ),
        (rows) => rows.map(({ visitorId }) => visitorId)
      )
  } satisfies AccountsService
})
