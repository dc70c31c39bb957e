CREATE TABLE "JobRun" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "job" TEXT NOT NULL,
    "slot" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "leaseUntil" DATETIME NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "corrections" INTEGER,
    "trainingRunId" TEXT,
    "startedAt" DATETIME NOT NULL,
    "endedAt" DATETIME
);
CREATE UNIQUE INDEX "JobRun_job_slot_key" ON "JobRun"("job", "slot");
CREATE INDEX "JobRun_job_id_idx" ON "JobRun"("job", "id");
