/** Fails a developer's command; printed as one line, without a stack trace. */
export class Failed extends Error {}
