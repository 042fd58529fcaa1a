/** Without line breaks and control characters, which an argument may have. */
const onOneLine = (text: string) => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")

/** Fails a developer's command; printed as one line, without a stack trace. */
export class Failed extends Error {
  constructor(message: string) {
    super(onOneLine(message))
  }
}

/** The line to print, if an error is about how the command was called; others are defects. */
export const usageError = (error: unknown): string | undefined => {
  if (error instanceof Failed) return error.message
  const isOfParseArgs = error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")
  return isOfParseArgs ? onOneLine(error.message) : undefined
}
