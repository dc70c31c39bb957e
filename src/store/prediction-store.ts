// What the models said about messages.
import { NunchiError } from '../errors.js';
import type { AbstainReason, Label } from '../labels.js';
import type { Prediction } from './generated/sqlite/client.js';
import { newId } from './ids.js';
import { inChunks, isPrismaError, type Repositories } from './repositories.js';
import type { PredictionStore, StoredPrediction } from './contracts/messages.js';

export function createPredictionStore({ client, now }: Repositories): PredictionStore {
  return {
    async add(messageId, modelVersion, reading, { live = true } = {}) {
      try {
        const row = await client.prediction.create({
          data: {
            id: newId(),
            messageId,
            modelVersion,
            label: reading.label,
            confidence: reading.confidence,
            ...reading.scores,
            abstained: reading.abstained,
            abstainReason: reading.abstainReason ?? null,
            live,
            createdAt: now(),
          },
        });
        return toPrediction(row);
      } catch (error) {
        if (!isPrismaError(error, 'P2003')) throw error;
        throw new NunchiError('not-found', `there is no message ${messageId}`, { cause: error });
      }
    },
    async of(messageId) {
      const rows = await client.prediction.findMany({ where: { messageId }, orderBy: { id: 'desc' } });
      return rows.map(toPrediction);
    },
    async latest(messageIds) {
      const rows = await inChunks(messageIds, (chunk) =>
        client.prediction.findMany({ where: { messageId: { in: chunk } }, orderBy: { id: 'asc' } }),
      );
      return new Map(rows.map((row) => [row.messageId, toPrediction(row)]));
    },
  };
}

function toPrediction(row: Prediction): StoredPrediction {
  const { id, messageId, modelVersion, confidence, abstained, createdAt } = row;
  return {
    id,
    messageId,
    modelVersion,
    label: row.label as Label,
    confidence,
    scores: { negative: row.negative, neutral: row.neutral, positive: row.positive },
    abstained,
    abstainReason: row.abstainReason as AbstainReason | null,
    createdAt,
  };
}
