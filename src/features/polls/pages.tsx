// A poll's page, live, and the start page's part of the polls.
import type * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as LivePage from "../../http/live/LivePage.ts"
import type { Section } from "../../http/live/StartPage.ts"
import { asItIs, feed } from "../../http/views/feed.ts"
import { htmxForm } from "../../http/views/htmxForm.ts"
import { FormKey, Layout } from "../../http/views/layout.tsx"
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

/** The bars, the same for all who look. */
const fragment = ({ id, state: { closed, options, votes } }: AggregateState<PollId, Poll>) =>
  html(
    <>
      <ul class="todos" id="options">
        {options.map(({ optionId, text, votes: count }) => (
          <li key={optionId} id={`option-${optionId}`}>
            <form {...htmxForm(`${path}/${id}/vote`)}>
              <input type="hidden" name="optionId" value={optionId} />
              <button type="submit" disabled={closed} aria-labelledby={`label-vote text-${optionId}`}>
                Vote
              </button>
            </form>
            <span class="text" id={`text-${optionId}`} dir="auto">
              {text}
            </span>
            <meter min={0} max={Math.max(1, votes.size)} value={count} aria-labelledby={`text-${optionId}`} />
            <small>{count === 1 ? "1 vote" : `${count} votes`}</small>
          </li>
        ))}
      </ul>
      <p class="quiet" id="poll-state" role="status">
        {closed ? "This poll is closed." : `${votes.size} voted so far.`}
      </p>
    </>
  ).replaceAll(/[\r\n]/g, " ")

const mark = "<!--fragment-->"

export const pages = LivePage.layer({
  store: Polls,
  path,
  script: "index.ts",
  owner: ({ owner }) => owner,
  viewOf: () => ({}),
  viewKey: () => "",
  fragment,
  page: ({ assets, reader: { account, actor, isOwner }, state: { id, state } }) => {
    const vote = voteOf(state, actor)
    const chosen = state.options.find(({ optionId }) => optionId === vote?.optionId)
    const whole = page(
      <Layout
        title={`${state.question} · Evenstar`}
        assets={assets}
        account={account}
        status={<span id="connection" role="status" />}
      >
        <h2 dir="auto">{state.question}</h2>
        <div id="error" role="alert" />
        <p id="notice" role="status" dir="auto">
          {chosen === undefined ? "" : `You voted: ${chosen.text}`}
        </p>
        <span hidden id="label-vote">
          Vote for:
        </span>
        <div id="feed" data-owner={isOwner} {...feed(`${path}/${id}/feed`)} {...asItIs(mark)} />
        {isOwner && !state.closed ? (
          <form {...htmxForm(`${path}/${id}/close`)}>
            <button type="submit">Close the poll</button>
          </form>
        ) : null}
      </Layout>
    )
    const at = whole.indexOf(mark)
    return [whole.slice(0, at), whole.slice(at + mark.length)]
  },
  create: LivePage.creation(
    Schema.Struct({
      question: PollText,
      // One in each line, as a browser sends a text area.
      options: Schema.compose(Schema.split("\n"), PollOptions)
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
        <section>
          <h2>Polls</h2>
          <form class="entry" {...htmxForm(path, "queue all")}>
            <label for="question">What do you want to ask?</label>
            <input id="question" name="question" dir="auto" required maxLength={maxLength} autocomplete="off" />
            <label for="options">Options, one in each line</label>
            <textarea id="options" name="options" dir="auto" required rows={3} />
            <FormKey value={formKey} />
            <button type="submit">Start a poll</button>
          </form>
          <ul class="lists" id="polls">
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
