ALTER TABLE "ModelVersion" ADD COLUMN "taintedAt" DATETIME;
ALTER TABLE "ModelVersion" ADD COLUMN "purgedAt" DATETIME;
ALTER TABLE "ModelVersion" ADD COLUMN "purgeReason" TEXT;
ALTER TABLE "Deployment" ADD COLUMN "kind" TEXT NOT NULL DEFAULT 'promotion';
CREATE TABLE "TrainedRow" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "version" TEXT NOT NULL,
    "messageId" TEXT NOT NULL
);
CREATE UNIQUE INDEX "TrainedRow_version_messageId_key" ON "TrainedRow"("version", "messageId");
CREATE INDEX "TrainedRow_messageId_idx" ON "TrainedRow"("messageId");
CREATE TABLE "Deletion" (
    "messageId" TEXT NOT NULL PRIMARY KEY,
    "requestedAt" DATETIME NOT NULL,
    "doneAt" DATETIME,
    "doneVersion" TEXT
);
CREATE INDEX "Deletion_doneAt_idx" ON "Deletion"("doneAt");
CREATE TABLE "Receipt" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "version" TEXT NOT NULL,
    "messageId" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "state" TEXT NOT NULL
);
CREATE UNIQUE INDEX "Receipt_version_messageId_key" ON "Receipt"("version", "messageId");
CREATE INDEX "Receipt_messageId_idx" ON "Receipt"("messageId");
CREATE TRIGGER "Deployment_no_update" BEFORE UPDATE ON "Deployment" BEGIN
    SELECT RAISE(ABORT, 'the deployment log is append-only');
END;
CREATE TRIGGER "Deployment_no_delete" BEFORE DELETE ON "Deployment" BEGIN
    SELECT RAISE(ABORT, 'the deployment log is append-only');
END;
