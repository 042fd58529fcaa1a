// The live page of a poll, and the start page's section.
import type * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Blocks } from "../../http/live/changes.ts"
import * as FormField from "../../http/live/FormField.ts"
import * as LivePage from "../../http/live/LivePage.ts"
import type { Section } from "../../http/live/StartPage.ts"
import { feed } from "../../http/views/feed.ts"
import { errorsIn, htmxForm } from "../../http/views/htmxForm.ts"
import { FormKey, Layout } from "../../http/views/layout.tsx"
import { LiveStatus } from "../../http/views/liveStatus.tsx"
import { html, page } from "../../http/views/render.ts"
import type { AggregateState } from "../../layers/aggregates/AggregateStore.ts"
import {
  type Command,
  maxLength,
  OptionId,
  type Poll,
  type PollId,
  PollOptions,
  Polls,
  PollText,
  voteOf
} from "./Poll.ts"
import { VisitorPolls } from "./VisitorPolls.ts"

const path = "/polls"

/** An option's row. A vote changes the other rows too: the most votes that one may have. */
const Option = ({ option: { optionId, text, votes }, poll: { id, state } }: OptionProps) => (
  <li id={`option-${optionId}`}>
    <span class="text" id={`text-${optionId}`} dir="auto">
      {text}
    </span>
    <small>{votes === 1 ? "1 vote" : `${votes} votes`}</small>
    {/* Queued: the first vote begins the session that the next one needs. */}
    <form {...htmxForm(`${path}/${id}/vote`)} hx-sync="#options:queue last">
      <input type="hidden" name="optionId" value={optionId} />
      <button type="submit" disabled={state.closed} aria-labelledby={`label-vote text-${optionId}`}>
        Vote
      </button>
    </form>
    <meter min={0} max={Math.max(1, state.votes.size)} value={votes} aria-labelledby={`text-${optionId}`} />
  </li>
)
interface OptionProps {
  readonly option: Poll["options"][number]
  readonly poll: AggregateState<PollId, Poll>
}

const PollState = ({ closed, votes: { size } }: Poll) => (
  <p class="quiet" id="poll-state" role="status">
    {closed ? "This poll is closed." : size === 1 ? "1 has voted so far." : `${size} have voted so far.`}
  </p>
)

const Close = ({ id, state }: AggregateState<PollId, Poll>) => (
  <div id="close">
    {state.closed ? null : (
      <form class="of-owner" {...htmxForm(`${path}/${id}/close`)}>
        <button type="submit">Close the poll</button>
      </form>
    )}
  </div>
)

/** The options, the same for all clients; styles hide the owner's controls from others. */
const fragment = (poll: AggregateState<PollId, Poll>): Blocks => [
  {
    id: "options",
    open: '<ul class="rows" id="options">',
    rows: poll.state.options.map((option) => ({
      id: `option-${option.optionId}`,
      html: html(<Option option={option} poll={poll} />)
    })),
    close: "</ul>"
  },
  { id: "poll-state", html: html(<PollState {...poll.state} />) },
  { id: "close", html: html(<Close {...poll} />) }
]

export const pages = LivePage.layer({
  store: Polls,
  path,
  script: "index.ts",
  owner: ({ owner }) => owner,
  viewOf: () => ({}),
  viewKey: () => "",
  fragment,
  page: ({ assets, fragment: content, reader: { account, actor, isOwner }, state: { id, state } }) => {
    const vote = voteOf(state, actor)
    const chosen = state.options.find(({ optionId }) => optionId === vote?.optionId)
    return page(
      <Layout
        title={`${state.question} · ${assets.site}`}
        description="A poll whose votes are counted live in every browser that has it open."
        assets={assets}
        account={account}
        status={<LiveStatus />}
      >
        <h2 dir="auto">{state.question}</h2>
        <div id="error" role="alert" />
        <p id="notice" role="status" dir="auto">
          {chosen === undefined ? "" : `You voted: ${chosen.text}`}
        </p>
        <span hidden id="label-vote">
          Vote for:
        </span>
        <div id="feed" data-owner={isOwner} {...feed(`${path}/${id}/feed`)} {...content} />
      </Layout>
    )
  },
  create: LivePage.creation(
    Schema.Struct({
      question: PollText,
      options: FormField.lines(PollOptions)
    }),
    ({ options, question }, { actor, newId }): Arr.NonEmptyReadonlyArray<Command> => [
      {
        _tag: "CreatePoll",
        owner: actor?.visitorId ?? null,
        question,
        options: options.map((text) => ({ optionId: OptionId.make(newId(), true), text }))
      }
    ]
  ),
  forms: {
    vote: LivePage.form(
      Schema.Struct({ optionId: Schema.String }),
      ({ optionId }, { actor }) => ({ _tag: "CastVote", voter: actor, optionId }),
      { beginsSession: true }
    ),
    close: LivePage.form(Schema.Struct({}), () => ({ _tag: "ClosePoll" }))
  },
  tells: ({ command }) =>
    command._tag === "CastVote"
      ? '<hx-partial hx-target="#notice" hx-swap="innerHTML">Your vote is counted.</hx-partial>'
      : undefined
})

export const startSection = Effect.map(
  VisitorPolls,
  (pollsOf): Section =>
    ({ formKey, visitor }) =>
      Effect.map(visitor === null ? Effect.succeed([]) : pollsOf(visitor), (polls) => (
        // Errors are shown next to the form, which is far from the page's error region.
        <section {...errorsIn("#poll-error")}>
          <h2>Polls</h2>
          <div id="poll-error" role="alert" />
          <form class="entry" {...htmxForm(path, "queue all")}>
            <label for="question">What do you want to ask?</label>
            <input id="question" name="question" dir="auto" required maxLength={maxLength} autocomplete="off" />
            <label for="options">Options, one in each line</label>
            <textarea id="options" name="options" dir="auto" required rows={3} />
            <FormKey value={formKey} />
            <button type="submit">Start a poll</button>
          </form>
          <ul class="links" id="polls">
            {polls.map(({ closed, pollId, question }) => (
              <li key={pollId}>
                <a href={`${path}/${pollId}`}>
                  <span class="text" dir="auto">
                    {question}
                  </span>
                  <small>{closed === 1 ? "closed" : "open"}</small>
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))
)
