// The account page's entry script: the common script, and the passkey ceremonies.
import {
  browserSupportsWebAuthn,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
  WebAuthnError
} from "@simplewebauthn/browser"
import "./index.ts"

/** A problem response (RFC 9457), with the server's message. */
class Refused extends Error {}

const post = async <A>(path: string, body: unknown): Promise<A> => {
  const response = await fetch(`/api/account/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body)
  })
  const answer = await response.json()
  if (!response.ok) throw new Refused(answer.detail)
  return answer
}

const createPasskey = async () => {
  const optionsJSON = await post<PublicKeyCredentialCreationOptionsJSON>("passkeys/options", {})
  await post("passkeys", await startRegistration({ optionsJSON }))
}

const signIn = async () => {
  const optionsJSON = await post<PublicKeyCredentialRequestOptionsJSON>("sign-in/options", {})
  await post("sign-in", await startAuthentication({ optionsJSON }))
}

const explain = (error: unknown): string => {
  if (error instanceof Refused) return error.message
  if (error instanceof WebAuthnError && error.code === "ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED") {
    return "This device has a passkey already."
  }
  // Browsers deliberately report cancelling, a timeout and a missing passkey alike.
  if (error instanceof Error && /^(NotAllowedError|AbortError)$/.test(error.name)) {
    return "Nothing happened: the passkey was not used. Please try again."
  }
  return "That did not work. Please try again."
}

const perform = (ceremony: () => Promise<void>) => async (event: Event) => {
  const alert = document.querySelector("[role=alert]")
  const button = event.currentTarget
  if (!(alert instanceof HTMLElement && button instanceof HTMLButtonElement)) return
  alert.textContent = ""
  button.disabled = true
  try {
    await ceremony()
    location.reload()
  } catch (error) {
    alert.textContent = explain(error)
  } finally {
    button.disabled = false
  }
}

const ceremonies = document.getElementById("ceremonies")
if (browserSupportsWebAuthn()) {
  ceremonies?.removeAttribute("hidden")
  document.getElementById("create-passkey")?.addEventListener("click", perform(createPasskey))
  document.getElementById("sign-in")?.addEventListener("click", perform(signIn))
} else if (ceremonies !== null) {
  ceremonies.replaceWith("This browser can't use passkeys.")
}
