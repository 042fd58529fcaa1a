/** What stops a developer's command: told in one line, without a stack. */
export class Failed extends Error {}
