// The account page: sign in, or the sessions and passkeys of the account.
import type { ComponentChildren } from "preact"
import type { Credential } from "../../domain/Passkey.ts"
import type { Session } from "../../domain/Session.ts"
import { Layout, type PageAssets } from "../views/layout.tsx"
import { page } from "../views/render.ts"
import { Time } from "../views/time.tsx"
import { deviceName } from "./deviceName.ts"

const Post = (props: {
  readonly action: string
  readonly credentialId?: string
  readonly children: ComponentChildren
}) => (
  <form method="post" action={props.action}>
    {props.credentialId === undefined ? null : <input type="hidden" name="credentialId" value={props.credentialId} />}
    <button type="submit">{props.children}</button>
  </form>
)

interface Place {
  /**
   * The URL at which passkeys work, if not here: they belong to a host name, not to an IP address.
   */
  readonly elsewhere: string | undefined
}

/** The entry script shows the buttons where the browser supports passkeys. */
const Ceremonies = ({ children, elsewhere }: Place & { readonly children: ComponentChildren }) =>
  elsewhere === undefined ? (
    <>
      <div class="ceremonies" id="ceremonies" hidden>
        {children}
      </div>
      <div id="error" role="alert" />
      <noscript>
        <p class="note">Passkeys need JavaScript.</p>
      </noscript>
    </>
  ) : (
    <p class="note">
      Passkeys of this site work at <a href={elsewhere}>{elsewhere}</a> only.
    </p>
  )

export const signedOutPage = (assets: PageAssets, things: ReadonlyArray<string>, elsewhere: string | undefined) => {
  const owned = things.length === 0 ? "pages" : new Intl.ListFormat("en-GB").format(things)
  return page(
    <Layout
      title={`Sign in · ${assets.site}`}
      description={`Sign in to ${assets.site} with a passkey: your ${owned} on every device, without a password.`}
      assets={assets}
    >
      <h2>Your {owned} on every device</h2>
      <p>
        Until you sign in, your {owned} belong to this browser's cookie, and are lost with it. A passkey keeps them: it
        asks for no name, no address and no password, and lives on your devices.
      </p>
      <Ceremonies elsewhere={elsewhere}>
        <button type="button" id="create-passkey">
          Create a passkey
        </button>
        <button type="button" id="sign-in">
          Sign in with a passkey
        </button>
      </Ceremonies>
      <p class="quiet">
        {elsewhere === undefined
          ? `Whichever you do, the ${owned} that you have made in this browser come along.`
          : `To your browser that is another site: the ${owned} that you have made here stay here. Open them there by their addresses.`}
      </p>
    </Layout>
  )
}

export interface Account {
  readonly current: Session
  readonly sessions: ReadonlyArray<Session>
  readonly credentials: ReadonlyArray<Credential>
}

const Sessions = ({ current, sessions }: Account) => (
  <ul class="rows" id="sessions">
    {sessions.map(({ createdAt, device, handle, lastAccessed, signedInAt }) => (
      <li key={handle}>
        <p>
          <strong title={device}>{deviceName(device)}</strong>
          {handle === current.handle ? " (this one)" : ""}
          <br />
          <small>
            last used <Time at={lastAccessed} />, signed in <Time at={signedInAt ?? createdAt} />
          </small>
        </p>
        <Post action={`/account/sessions/${handle}/revoke`}>Revoke</Post>
      </li>
    ))}
  </ul>
)

const Passkeys = ({ credentials }: Account) => (
  <ul class="rows" id="passkeys">
    {credentials.map(({ createdAt, credentialId, device, lastUsed }) => (
      <li key={credentialId}>
        <p>
          <strong title={device}>Made with {deviceName(device)}</strong>
          <br />
          <small>
            last used <Time at={lastUsed} />, made <Time at={createdAt} />
          </small>
        </p>
        {credentials.length > 1 ? (
          <Post action="/account/passkeys/remove" credentialId={credentialId}>
            Remove
          </Post>
        ) : null}
      </li>
    ))}
  </ul>
)

export const accountPage = (assets: PageAssets, account: Account, elsewhere: string | undefined) =>
  page(
    <Layout
      title={`Account · ${assets.site}`}
      description={`The devices that are signed in to this account of ${assets.site}, and its passkeys.`}
      assets={assets}
    >
      <h2>You are signed in</h2>
      <div class="ceremonies">
        <Post action="/account/sign-out">Sign out</Post>
        <Post action="/account/sign-out-everywhere">Sign out everywhere</Post>
      </div>
      <h2>Sessions</h2>
      <Sessions {...account} />
      <h2>Passkeys</h2>
      <Passkeys {...account} />
      <Ceremonies elsewhere={elsewhere}>
        <button type="button" id="create-passkey">
          Add a passkey
        </button>
      </Ceremonies>
    </Layout>
  )
