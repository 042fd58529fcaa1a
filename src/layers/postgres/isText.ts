/** PostgreSQL's text has no NUL: what somebody sends with one names nothing there. */
export const isText = (text: string): boolean => !text.includes("\0")
