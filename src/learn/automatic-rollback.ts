// Puts the model before in use again where a new one fails in its first minutes. Once: what it rolls back to is not watched,
// and what it has rolled back from comes back only by hand.
import type { Logger } from '../log.js';
import { createProbation, type ProbationLimits } from '../serve/probation.js';
import type { Answered } from '../serve/service.js';
import type { Deployment } from '../store/contracts/models.js';
import type { ModelRegistry } from './model-registry.js';

export interface AutomaticRollback {
  /** Every request that the sentiment service has had. */
  observe(answered: Answered): void;
  /**
   * From now on new models are watched.
   * @param tell is told after a rollback
   * @returns ends it and lets a rollback under way end
   */
  guard(
    registry: Pick<ModelRegistry, 'withdraw' | 'onDeployed'>,
    tell: (deployment: Deployment) => Promise<void>,
  ): () => Promise<void>;
}

export interface AutomaticRollbackConfig {
  limits: ProbationLimits;
  logger: Pick<Logger, 'warn' | 'error'>;
  /** Monotonic, in milliseconds. */
  now?: () => number;
}

export function createAutomaticRollback(config: AutomaticRollbackConfig): AutomaticRollback {
  const { limits, logger, now } = config;
  let onFailure = (_version: string, _reason: string): void => undefined;
  const probation = createProbation({
    limits,
    onFailure: (version, reason) => onFailure(version, reason),
    ...(now === undefined ? {} : { now }),
  });

  return {
    observe: (answered) => probation.observe(answered),
    guard(registry, tell) {
      let working: Promise<void> = Promise.resolve();

      async function rollBack(version: string, reason: string): Promise<void> {
        try {
          logger.warn('the new model does badly and is rolled back', { version, reason });
          const deployment = await registry.withdraw(version, `rolled back automatically: ${reason}`);
          if (deployment !== null) await tell(deployment);
        } catch (error) {
          logger.error('the new model could not be rolled back', { version, error });
        }
      }

      onFailure = (version, reason) => {
        working = rollBack(version, reason);
      };
      const stopListening = registry.onDeployed(({ version, kind }) => {
        // A person who goes back, and what was gone back to, is not overruled.
        if (kind === 'promotion' || kind === 'deletion') probation.watch(version);
        else probation.stop();
      });
      return async () => {
        stopListening();
        probation.stop();
        await working;
      };
    },
  };
}
