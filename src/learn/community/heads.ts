// What each community reads differently from the shared model, learned from its own corrections alone: no community shifts what
// another one reads. Kept in memory, made anew from the store for every model that comes into use.
import type { Logger } from '../../log.js';
import type { ClassifyResponse, ClassifyResult, SentimentService } from '../../serve/service.js';
import type { Correction } from '../../store/contracts/labels.js';
import type { CommunityId } from '../../store/contracts/messages.js';
import { splitByText } from '../split.js';
import type { TrainingService } from '../training-service.js';
import type { Trust } from '../trust/trust.js';
import { applyHead, fitHead, labelOf, type Head, type LabelledScores } from './head.js';

export interface CommunityHeadsConfig {
  trust: Pick<Trust, 'trusted'>;
  sentiment: Pick<SentimentService, 'classify'>;
  /** As of the sentiment service: less confidence than this is "not sure". */
  threshold: number;
  logger: Logger;
}

export interface CommunityHeads {
  /** The readings as the community means them; the shared ones where it has no head of this model. */
  read(community: CommunityId, response: ClassifyResponse): ClassifyResponse;
  /** Fits them to the corrections and the model of now. Never rejects: what cannot be fitted is the shared reading. */
  refresh(): Promise<void>;
  /** Fits them now, and whenever a run has ended or another model has come into use. */
  follow(training: Pick<TrainingService, 'onEvent'>): () => void;
}

/** With fewer corrections the shared reading is the better one. */
export const FEWEST_CORRECTIONS = 50;
/** The newest ones of a community; more of them change nothing. */
const MOST_CORRECTIONS = 1_000;
/** Texts that are read at once, so that people's messages get their turn in between. */
const CHUNK = 16;

const keyOf = ({ platform, communityId }: CommunityId) => JSON.stringify([platform, communityId]);
const isReadable = ({ abstainReason }: ClassifyResult) =>
  abstainReason === undefined || abstainReason === 'low-confidence';

export function createCommunityHeads(config: CommunityHeadsConfig): CommunityHeads {
  const { trust, sentiment, threshold, logger } = config;
  let heads = new Map<string, { head: Head; model: string }>();
  let refreshing: Promise<void> = Promise.resolve();

  /** @returns null where another model came into use meanwhile */
  async function readAll(
    corrections: readonly Correction[],
  ): Promise<{ model: string; rows: (LabelledScores & { text: string })[] } | null> {
    const rows: (LabelledScores & { text: string })[] = [];
    let model: string | null = null;
    for (let start = 0; start < corrections.length; start += CHUNK) {
      const chunk = corrections.slice(start, start + CHUNK);
      const response = await sentiment.classify(chunk.map(({ text }) => text));
      model ??= response.model;
      if (response.model !== model) return null;
      for (const [index, result] of response.results.entries()) {
        const correction = chunk[index];
        if (correction !== undefined && isReadable(result)) {
          rows.push({ text: correction.text, scores: result.scores, label: correction.label });
        }
      }
    }
    return model === null ? null : { model, rows };
  }

  async function fit(corrections: readonly Correction[]): Promise<{ head: Head; model: string } | null> {
    const read = await readAll(corrections.slice(-MOST_CORRECTIONS));
    if (read === null || read.rows.length < FEWEST_CORRECTIONS) return null;
    const { training, heldOut } = splitByText(read.rows);
    const head = fitHead(training);
    const right = (labels: (row: LabelledScores) => string) =>
      heldOut.filter((row) => labels(row) === row.label).length;
    // Only what shows on corrections that it has not seen is worth a head of their own.
    const isBetter =
      right(({ scores }) => labelOf(applyHead(head, scores))) > right(({ scores }) => labelOf(scores));
    return isBetter ? { head, model: read.model } : null;
  }

  async function refresh(): Promise<void> {
    try {
      const communities = new Map<string, Correction[]>();
      for (const correction of (await trust.trusted()).corrections) {
        const key = keyOf(correction);
        const known = communities.get(key);
        if (known === undefined) communities.set(key, [correction]);
        else known.push(correction);
      }
      const fitted = new Map<string, { head: Head; model: string }>();
      for (const [key, corrections] of communities) {
        if (corrections.length < FEWEST_CORRECTIONS) continue;
        const found = await fit(corrections);
        if (found !== null) fitted.set(key, found);
      }
      heads = fitted;
      logger.info('community heads fitted', { count: fitted.size });
    } catch (error) {
      logger.warn('community heads not fitted', { error });
    }
  }

  const refreshInTurn = () => (refreshing = refreshing.then(refresh));

  return {
    read(community, response) {
      const own = heads.get(keyOf(community));
      if (own?.model !== response.model) return response;
      const results = response.results.map((result): ClassifyResult => {
        if (!isReadable(result)) return result;
        const scores = applyHead(own.head, result.scores);
        const label = labelOf(scores);
        const confidence = scores[label];
        const { text } = result;
        return confidence < threshold
          ? { text, label, confidence, scores, abstained: true, abstainReason: 'low-confidence' }
          : { text, label, confidence, scores, abstained: false };
      });
      return { ...response, results };
    },
    refresh: refreshInTurn,
    follow(training) {
      void refreshInTurn();
      return training.onEvent((event) => {
        if (event.type === 'status' && event.status.phase === 'idle') void refreshInTurn();
      });
    },
  };
}
