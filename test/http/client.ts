// A client that keeps the session cookie, posts forms and JSON, and signs with its passkey.
import { makeAuthenticator } from "../authenticator.ts"

interface Sent {
  readonly form?: Record<string, string>
  readonly json?: unknown
  readonly headers?: Record<string, string>
}

export const makeClient = (url: string, { origin = url.replace("127.0.0.1", "localhost") } = {}) => {
  const authenticator = makeAuthenticator(origin)
  let cookie: string | undefined

  const request = async (method: string, path: string, { form, headers = {}, json }: Sent = {}) => {
    const body = form === undefined ? (json === undefined ? null : JSON.stringify(json)) : new URLSearchParams(form)
    const response = await fetch(`${url}${path}`, {
      method,
      body,
      redirect: "manual",
      headers: {
        ...(cookie === undefined ? {} : { cookie }),
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...headers
      }
    })
    const set = response.headers.get("set-cookie")
    if (set !== null) cookie = /Max-Age=0/.test(set) ? undefined : set.split(";")[0]
    return { status: response.status, headers: response.headers, text: await response.text(), set }
  }
  const post = (path: string, form: Record<string, string> = {}) => request("POST", path, { form })
  const call = async (path: string, json: unknown = {}) => {
    const { status, text } = await request("POST", `/api${path}`, { json })
    return { status, body: JSON.parse(text) }
  }

  return {
    authenticator,
    request,
    post,
    get: (path: string) => request("GET", path),
    call,
    cookie: () => cookie,
    setCookie: (value: string | undefined) => {
      cookie = value
    },
    /** Creates a list, and a session with the first one; returns its path. */
    newList: async (text = "milk") => (await post("/lists", { text })).headers.get("location") ?? "",
    createPasskey: async (using = authenticator) => {
      const { body } = await call("/account/passkeys/options")
      return call("/account/passkeys", using.create(body))
    },
    signIn: async (using = authenticator) => {
      const { body } = await call("/account/sign-in/options")
      return call("/account/sign-in", using.get(body))
    }
  }
}
