CREATE TABLE "Installation" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "keyFingerprint" TEXT NOT NULL,
    "deploymentCount" INTEGER NOT NULL DEFAULT 0,
    "createdAt" DATETIME NOT NULL
);

CREATE TABLE "Community" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "platform" TEXT NOT NULL,
    "externalId" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);
CREATE UNIQUE INDEX "Community_platform_externalId_key" ON "Community"("platform", "externalId");

CREATE TABLE "Channel" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "platform" TEXT NOT NULL,
    "externalId" TEXT NOT NULL,
    "communityId" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    CONSTRAINT "Channel_communityId_fkey" FOREIGN KEY ("communityId") REFERENCES "Community" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "Channel_platform_externalId_key" ON "Channel"("platform", "externalId");
CREATE INDEX "Channel_communityId_idx" ON "Channel"("communityId");

CREATE TABLE "Message" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "channelId" TEXT NOT NULL,
    "externalId" TEXT NOT NULL,
    "author" TEXT NOT NULL,
    "personHash" TEXT,
    "inReplyToId" TEXT,
    "trainable" BOOLEAN NOT NULL,
    "feedbackCount" INTEGER NOT NULL DEFAULT 0,
    "createdAt" DATETIME NOT NULL,
    CONSTRAINT "Message_channelId_fkey" FOREIGN KEY ("channelId") REFERENCES "Channel" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "Message_channelId_externalId_key" ON "Message"("channelId", "externalId");
CREATE INDEX "Message_channelId_id_idx" ON "Message"("channelId", "id");

CREATE TABLE "MessageText" (
    "messageId" TEXT NOT NULL PRIMARY KEY,
    "content" BLOB NOT NULL,
    "createdAt" DATETIME NOT NULL,
    CONSTRAINT "MessageText_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "Message" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "MessageText_createdAt_idx" ON "MessageText"("createdAt");

CREATE TABLE "Prediction" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "messageId" TEXT NOT NULL,
    "modelVersion" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "confidence" REAL NOT NULL,
    "negative" REAL NOT NULL,
    "neutral" REAL NOT NULL,
    "positive" REAL NOT NULL,
    "abstained" BOOLEAN NOT NULL,
    "abstainReason" TEXT,
    "createdAt" DATETIME NOT NULL,
    CONSTRAINT "Prediction_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "Message" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "Prediction_messageId_id_idx" ON "Prediction"("messageId", "id");

CREATE TABLE "FeedbackEvent" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "messageId" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "platform" TEXT NOT NULL,
    "personHash" TEXT NOT NULL,
    "moderator" BOOLEAN NOT NULL,
    "emoji" TEXT NOT NULL,
    "label" TEXT,
    "action" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    CONSTRAINT "FeedbackEvent_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "Message" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "FeedbackEvent_messageId_sequence_key" ON "FeedbackEvent"("messageId", "sequence");

CREATE TABLE "DerivedLabel" (
    "messageId" TEXT NOT NULL PRIMARY KEY,
    "label" TEXT,
    "eventId" TEXT NOT NULL,
    "decidedAt" DATETIME NOT NULL,
    "learnedInRun" TEXT,
    CONSTRAINT "DerivedLabel_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "Message" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "DerivedLabel_learnedInRun_idx" ON "DerivedLabel"("learnedInRun");

CREATE TABLE "ModelVersion" (
    "version" TEXT NOT NULL PRIMARY KEY,
    "directory" TEXT NOT NULL,
    "parent" TEXT,
    "metrics" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);

CREATE TABLE "ModelAlias" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "version" TEXT NOT NULL,
    CONSTRAINT "ModelAlias_version_fkey" FOREIGN KEY ("version") REFERENCES "ModelVersion" ("version") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE INDEX "ModelAlias_version_idx" ON "ModelAlias"("version");

CREATE TABLE "Deployment" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "sequence" INTEGER NOT NULL,
    "version" TEXT NOT NULL,
    "previousVersion" TEXT,
    "reason" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL
);
CREATE UNIQUE INDEX "Deployment_sequence_key" ON "Deployment"("sequence");

CREATE TABLE "TrainingRun" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "state" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "startedAt" DATETIME NOT NULL,
    "endedAt" DATETIME,
    "corrections" INTEGER NOT NULL,
    "baseVersion" TEXT NOT NULL,
    "candidateVersion" TEXT,
    "report" TEXT,
    "reason" TEXT
);
CREATE INDEX "TrainingRun_state_idx" ON "TrainingRun"("state");
