ALTER TABLE "Prediction" ADD COLUMN "live" BOOLEAN NOT NULL DEFAULT true;
UPDATE "Prediction" SET "live" = false WHERE "messageId" IN (SELECT "id" FROM "Message" WHERE "knownLabel" IS NOT NULL);
DROP INDEX "Prediction_createdAt_modelVersion_abstained_idx";
CREATE INDEX "Prediction_live_createdAt_modelVersion_abstained_idx" ON "Prediction"("live", "createdAt", "modelVersion", "abstained");
