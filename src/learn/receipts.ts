// Correction receipts: which corrections a model reads as people said when it comes into use, beside the one before it.
// Ids only; what is read as something else again is an alarm, because somebody has corrected that already.
import type { Label } from '../labels.js';
import type { Logger } from '../log.js';
import type { Receipt, ReceiptState } from '../store/contracts/models.js';
import type { Store } from '../store/store.js';
import { readTexts, type Reader } from './paired-evaluation.js';

export interface Receipts {
  /**
   * Both models read every correction that stands.
   * @throws what `after` throws: a model that cannot read them is not fit to serve
   */
  compare(before: Reader, after: Reader, previousVersion: string | null): Promise<Receipt[]>;
  /** Writes them down; what the model lost that the one before still read rightly is logged. */
  save(version: string, receipts: readonly Receipt[]): Promise<void>;
}

/** What people see: null where it says that it is not sure. */
async function readSurely(reader: Reader, texts: readonly string[]): Promise<(Label | null)[]> {
  return (await readTexts(reader, texts)).map(({ label, abstained }) => (abstained ? null : label));
}

/** Null where neither this model nor one before read it rightly. */
function stateOf(
  now: Label | null,
  then: Label | null,
  label: Label,
  missedBefore: boolean,
): ReceiptState | null {
  const wasRight = then === label;
  if (now === label) return wasRight ? 'kept' : 'gained';
  if (!wasRight && !missedBefore) return null;
  return now === null ? 'unsure' : 'lost';
}

export interface ReceiptsConfig {
  store: Pick<Store, 'feedback' | 'receipts'>;
  logger: Pick<Logger, 'info' | 'warn'>;
}

export function createReceipts({ store, logger }: ReceiptsConfig): Receipts {
  /** The champion may be what fails; that must not keep another model from taking its place. */
  async function patientlyRead(before: Reader, texts: readonly string[]) {
    try {
      return await readSurely(before, texts);
    } catch (error) {
      logger.warn('corrections could not be read by the model before', { error });
      return null;
    }
  }

  return {
    async compare(before, after, previousVersion) {
      const corrections = await store.feedback.corrections();
      if (corrections.length === 0) return [];
      const texts = corrections.map(({ text }) => text);
      const now = await readSurely(after, texts);
      const then = await patientlyRead(before, texts);
      if (then === null) return [];
      const earlier = previousVersion === null ? [] : await store.receipts.of(previousVersion);
      // What was missed once goes on being told until a model reads it rightly again.
      const missedBefore = new Set(
        earlier
          .filter(({ state }) => state === 'lost' || state === 'unsure')
          .map(({ messageId, label }) => `${messageId} ${label}`),
      );
      return corrections.flatMap(({ messageId, label }, index): Receipt[] => {
        const missed = missedBefore.has(`${messageId} ${label}`);
        const state = stateOf(now[index] ?? null, then[index] ?? null, label, missed);
        return state === null ? [] : [{ messageId, label, state }];
      });
    },
    async save(version, receipts) {
      await store.receipts.save(version, receipts);
      const count = (state: ReceiptState) => receipts.filter((receipt) => receipt.state === state).length;
      logger.info('corrections read by the new model', { version, count: count('gained') });
      const lost = count('lost');
      if (lost > 0) logger.warn('corrections are read as something else again', { version, count: lost });
    },
  };
}
