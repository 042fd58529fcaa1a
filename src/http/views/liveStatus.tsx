// What the header of a live page says: whether it is connected, and who else is there. Filled by
// the page's script (web/index.ts, web/live/presence.ts).

export const LiveStatus = () => (
  <div class="status">
    <span id="connection" role="status" />
    <span id="presence" />
  </div>
)
