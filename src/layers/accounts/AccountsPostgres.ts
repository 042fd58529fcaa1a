// Accounts in PostgreSQL, shared by nodes. Each call is one statement; where concurrent changes
// matter, a database function (migrations.ts) locks the user's row, independent of the node's
// network.
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { UserId } from "../../domain/Account.ts"
import { Credential } from "../../domain/Passkey.ts"
import { VisitorId } from "../../domain/StoredEvent.ts"
import { Ids } from "../node/Ids.ts"
import { batched } from "../postgres/batched.ts"
import type { PostgresService, Prepared } from "../postgres/Postgres.ts"
import { isText } from "../postgres/Postgres.ts"
import { type AccountsService, maxVisitorsPerUser } from "./Accounts.ts"

const columns = "credential_id, user_id, public_key, counter, transports, device, created_at, last_used"

const statements = {
  register: {
    name: "account-register",
    text: `WITH known AS (INSERT INTO users (user_id, created_at) VALUES ($2, $7) ON CONFLICT DO NOTHING)
      INSERT INTO credentials (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`
  },
  find: { name: "account-find", text: `SELECT ${columns} FROM credentials WHERE credential_id = $1` },
  credentialsOf: {
    name: "account-credentials",
    text: `SELECT ${columns} FROM credentials WHERE user_id = $1 ORDER BY created_at, credential_id`
  },
  used: {
    name: "account-used",
    text: `UPDATE credentials SET counter = $2, last_used = $3
      WHERE credential_id = $1 AND (counter < $2 OR counter = 0) RETURNING 1`
  },
  remove: { name: "account-remove", text: "SELECT remove_credential($1, $2)" },
  claim: { name: "account-claim", text: "SELECT claim_visitor($1, $2, $3, $4)" },
  userOf: { name: "account-user", text: "SELECT user_id FROM user_visitors WHERE visitor_id = $1" },
  visitorsOf: {
    name: "account-visitors",
    text: "SELECT user_id, visitor_id FROM user_visitors WHERE user_id = ANY ($1::text[]) ORDER BY visitor_id"
  }
} satisfies Record<string, Prepared>

const decodeRow = Schema.decodeUnknownSync(
  Schema.Tuple(
    Schema.String,
    UserId,
    Credential.fields.publicKey,
    Credential.fields.counter,
    Credential.fields.transports,
    Schema.String,
    Schema.Number,
    Schema.Number
  )
)
const toCredential = (row: ReadonlyArray<unknown>): Credential => {
  const [credentialId, userId, publicKey, counter, transports, device, createdAt, lastUsed] = decodeRow(row)
  return { credentialId, userId, publicKey, counter, transports, device, createdAt, lastUsed }
}
const decodeTies = Schema.decodeUnknownSync(Schema.Array(Schema.Tuple(UserId, VisitorId)))
const decodeUsers = Schema.decodeUnknownSync(Schema.Array(Schema.Tuple(UserId)))
const decodeVisitor = Schema.decodeUnknownSync(Schema.Tuple(Schema.Tuple(VisitorId)))
const decodeIsSo = Schema.decodeUnknownSync(Schema.Tuple(Schema.Tuple(Schema.Boolean)))

export const make = Effect.fnUntraced(function* ({ query }: PostgresService) {
  const ids = yield* Ids

  // Read on every request of a signed-in user.
  const visitorsOf = yield* batched((userIds: ReadonlyArray<UserId>) =>
    Effect.map(query(statements.visitorsOf, [userIds]), (rows) => {
      const visitors = Arr.groupBy(decodeTies(rows), ([userId]) => userId)
      return userIds.map((userId) => (visitors[userId] ?? []).map(([, visitorId]) => visitorId))
    })
  )

  return {
    register: Effect.fn("Accounts.register")(function* (credential, userId) {
      const now = yield* Clock.currentTimeMillis
      const { counter, credentialId, device, publicKey, transports } = credential
      const values = [credentialId, userId, publicKey, counter, JSON.stringify(transports), device, now]
      yield* query(statements.register, values)
    }),
    find: Effect.fn("Accounts.find")(function* (credentialId) {
      if (!isText(credentialId)) return Option.none()
      const [row] = yield* query(statements.find, [credentialId])
      return Option.map(Option.fromNullable(row), toCredential)
    }),
    credentialsOf: Effect.fn("Accounts.credentialsOf")((userId) =>
      Effect.map(query(statements.credentialsOf, [userId]), (rows) => rows.map(toCredential))
    ),
    used: Effect.fn("Accounts.used")(function* (credentialId, counter) {
      const now = yield* Clock.currentTimeMillis
      return (yield* query(statements.used, [credentialId, counter, now])).length > 0
    }),
    remove: Effect.fn("Accounts.remove")(function* (userId, credentialId) {
      return isText(credentialId) && decodeIsSo(yield* query(statements.remove, [userId, credentialId]))[0][0]
    }),
    claim: Effect.fn("Accounts.claim")(function* (userId, visitorId) {
      return decodeVisitor(
        yield* query(statements.claim, [userId, visitorId, yield* ids.random, maxVisitorsPerUser])
      )[0][0]
    }),
    userOf: Effect.fn("Accounts.userOf")(function* (visitorId) {
      const [found] = decodeUsers(yield* query(statements.userOf, [visitorId]))
      return Option.map(Option.fromNullable(found), ([userId]) => userId)
    }),
    visitorsOf
  } satisfies AccountsService
})
