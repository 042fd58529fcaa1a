// Texts of error pages by HTTP status: a heading, and what the reader can do. What has happened is
// the error's own text.

interface Advice {
  readonly heading: string
  readonly advice: string
}

const other: Advice = { heading: "That did not work", advice: "Please go back, and try again." }
const unusable: Advice = {
  heading: "That can't be used",
  advice: "Please go back, change what you have entered, and send it again."
}

const byStatus: Readonly<Record<number, Advice>> = {
  400: unusable,
  401: { heading: "Not signed in", advice: "This is open only to those who have signed in." },
  403: { heading: "Not allowed", advice: "If you should be allowed to, ask the person who gave you the address." },
  404: {
    heading: "Not found",
    advice:
      "The address may be mistyped or cut off, or what was here is deleted or private. Please check the address, or ask the person who gave it to you."
  },
  405: { heading: "Not possible here", advice: "Please open the page again, and use its own buttons." },
  409: { heading: "Not possible now", advice: "Please look at the page as it is now, before you try again." },
  410: { heading: "Deleted", advice: "If that was a mistake, its owner may be able to restore it." },
  412: { heading: "Changed in the meantime", advice: "Please look at the page as it is now, and try again." },
  413: { heading: "Too large", advice: "Please go back, and make it shorter or send it in parts." },
  422: unusable,
  429: {
    heading: "Too fast",
    advice: "What one visitor may do in a minute is limited, to keep the site fast for all."
  },
  500: { heading: "That was our mistake", advice: "It has been written down. Please try again." },
  503: { heading: "Not available right now", advice: "The site is very busy, or about to be back." },
  504: { heading: "That took too long", advice: "Please wait a moment, and try again." }
}

export const adviceFor = (status: number): Advice => byStatus[status] ?? other

/** Whether the same request may succeed later. */
export const isTemporary = (status: number): boolean => status === 429 || status >= 500

const seconds = new Intl.NumberFormat("en", { style: "unit", unit: "second", unitDisplay: "long" })
const minutes = new Intl.NumberFormat("en", { style: "unit", unit: "minute", unitDisplay: "long" })

/** Formats seconds as "1 second", "2 minutes"; rounded up. */
export const waitText = (wait: number): string =>
  wait <= 90 ? seconds.format(Math.ceil(wait)) : minutes.format(Math.ceil(wait / 60))
