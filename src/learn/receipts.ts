// Correction receipts: which corrections a model reads as people said when it comes into use, beside the one before it.
// Ids only; what was lost is an alarm, because somebody has corrected that already.
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

/** What people see: a reading that is not sure is not the right one. */
async function readSurely(reader: Reader, texts: readonly string[]): Promise<(Label | null)[]> {
  return (await readTexts(reader, texts)).map(({ label, abstained }) => (abstained ? null : label));
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
      const lostBefore = new Set(
        earlier
          .filter(({ state }) => state === 'lost')
          .map(({ messageId, label }) => `${messageId} ${label}`),
      );
      return corrections.flatMap(({ messageId, label }, index): Receipt[] => {
        const [right, wasRight] = [now[index] === label, then[index] === label];
        // Once lost it stays lost until a model reads it rightly again.
        const known = wasRight || lostBefore.has(`${messageId} ${label}`);
        if (right) return [{ messageId, label, state: wasRight ? 'kept' : 'gained' }];
        return known ? [{ messageId, label, state: 'lost' }] : [];
      });
    },
    async save(version, receipts) {
      await store.receipts.save(version, receipts);
      const count = (state: ReceiptState) => receipts.filter((receipt) => receipt.state === state).length;
      logger.info('corrections read by the new model', { version, count: count('gained') });
      const lost = count('lost');
      if (lost > 0) logger.warn('corrections are no longer read rightly', { version, count: lost });
    },
  };
}
