CREATE INDEX "Prediction_createdAt_modelVersion_abstained_idx" ON "Prediction"("createdAt", "modelVersion", "abstained");
CREATE INDEX "DerivedLabel_decidedAt_messageId_idx" ON "DerivedLabel"("decidedAt", "messageId");
