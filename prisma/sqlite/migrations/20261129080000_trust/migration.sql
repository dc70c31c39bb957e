ALTER TABLE "Message" ADD COLUMN "consent" TEXT NOT NULL DEFAULT 'given';
ALTER TABLE "Message" ADD COLUMN "knownLabel" TEXT;
UPDATE "Message" SET "consent" = 'not-given' WHERE NOT "trainable";

CREATE TABLE "BaseReading" (
    "messageId" TEXT NOT NULL PRIMARY KEY,
    "modelVersion" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "confidence" REAL NOT NULL,
    "createdAt" DATETIME NOT NULL,
    CONSTRAINT "BaseReading_messageId_fkey" FOREIGN KEY ("messageId") REFERENCES "MessageText" ("messageId") ON DELETE CASCADE ON UPDATE CASCADE
);
