// The link by which a bot is let into a server, with the least permissions that it needs.
import { PermissionFlagsBits as Permission } from 'discord.js';

const NEEDED =
  Permission.ViewChannel |
  Permission.ReadMessageHistory |
  Permission.SendMessages |
  Permission.SendMessagesInThreads |
  Permission.AddReactions |
  Permission.AttachFiles;

/** @param applicationId which is the bot's own id too, but for very old applications */
export function inviteLink(applicationId: string): string {
  const query = new URLSearchParams({
    client_id: applicationId,
    permissions: NEEDED.toString(),
    scope: 'bot applications.commands',
  });
  return `https://discord.com/oauth2/authorize?${query.toString()}`;
}
