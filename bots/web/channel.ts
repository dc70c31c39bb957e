// The local page is one channel with one person: the operator, who is its moderator.

export const WEB_PLATFORM = 'web';
export const WEB_CHANNEL = { platform: WEB_PLATFORM, communityId: 'local', channelId: 'local' } as const;
export const OPERATOR = 'operator';
