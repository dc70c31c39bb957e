// What tells an event of Slack from every other one, by whichever way it comes: pushed, pushed again, or looked up.

/** A mention comes as `message` and as `app_mention`: both are the message. */
export const messageKey = (channelId: string, ts: string) => `message:${channelId}:${ts}`;
export const editKey = (channelId: string, ts: string, editedTs: string) =>
  `edit:${channelId}:${ts}:${editedTs}`;
export const deletionKey = (channelId: string, ts: string) => `deletion:${channelId}:${ts}`;
export const eventKey = (eventId: string) => `event:${eventId}`;
