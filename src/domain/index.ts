// `evenstar/domain`: the vocabulary of features, pure. Each module as a namespace, as its users
// import it.
export * as Account from "./Account.ts"
export * as Aggregate from "./Aggregate.ts"
export * as AnalyticsQuery from "./AnalyticsQuery.ts"
export * as EventCodec from "./EventCodec.ts"
export * as Refusal from "./Refusal.ts"
export * as Session from "./Session.ts"
export * as StoredEvent from "./StoredEvent.ts"
export * as Text from "./Text.ts"
