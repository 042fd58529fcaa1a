// `evenstar/testing`: helpers for an application's tests.
export { goldenFiles, roundTrip } from "./goldenFiles.ts"
export { laws } from "./laws.ts"
export { serve } from "./serve.ts"
export { append, rowsOf, services, servicesInMemory } from "./services.ts"
export { given } from "./specification.ts"
export { storedEvents } from "./storedEvents.ts"
