ALTER TABLE "FeedbackEvent" ADD COLUMN "onAnswer" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "Message" ADD COLUMN "threadId" TEXT;
ALTER TABLE "DerivedLabel" ADD COLUMN "contested" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "Message" ADD COLUMN "revisedAfter" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "Message" ADD COLUMN "deliveredId" TEXT;
CREATE UNIQUE INDEX "Message_channelId_deliveredId_key" ON "Message"("channelId", "deliveredId");

CREATE TABLE "CommunitySettings" (
    "communityId" TEXT NOT NULL PRIMARY KEY,
    "content" TEXT NOT NULL,
    "updatedAt" DATETIME NOT NULL,
    CONSTRAINT "CommunitySettings_communityId_fkey" FOREIGN KEY ("communityId") REFERENCES "Community" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "LeftOut" (
    "personHash" TEXT NOT NULL PRIMARY KEY,
    "createdAt" DATETIME NOT NULL
);

CREATE TABLE "InboxEvent" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "platform" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "content" BLOB,
    "createdAt" DATETIME NOT NULL,
    "handledAt" DATETIME
);
CREATE UNIQUE INDEX "InboxEvent_platform_key_key" ON "InboxEvent"("platform", "key");
CREATE INDEX "InboxEvent_platform_handledAt_id_idx" ON "InboxEvent"("platform", "handledAt", "id");

CREATE TABLE "OutboxItem" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "platform" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "channelId" TEXT NOT NULL,
    "priority" INTEGER NOT NULL,
    "content" BLOB,
    "state" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "dueAt" DATETIME NOT NULL,
    "deliveredId" TEXT,
    "createdAt" DATETIME NOT NULL
);
CREATE UNIQUE INDEX "OutboxItem_platform_key_key" ON "OutboxItem"("platform", "key");
CREATE INDEX "OutboxItem_platform_state_priority_id_idx" ON "OutboxItem"("platform", "state", "priority", "id");
