// The answer to everything that people can ask, put together from its parts.
import type { CommunityHeads } from '../../learn/community/heads.js';
import type { ModelInspection } from '../../learn/model-inspection.js';
import type { ModelRegistry } from '../../learn/model-registry.js';
import type { Night } from '../../learn/night.js';
import type { TrainingService } from '../../learn/training-service.js';
import type { Probes } from '../../learn/trust/probes.js';
import type { Trust } from '../../learn/trust/trust.js';
import type { Logger } from '../../log.js';
import type { Report, ReportRequest } from '../../report/report.js';
import type { SentimentService } from '../../serve/service.js';
import type { Store } from '../../store/store.js';
import type { Conversation } from '../conversation.js';
import type { PlatformRules } from '../platform-rules.js';
import type { AnswerRequest } from '../requests.js';
import type { CommunitySettingsService } from '../settings.js';
import { trainingUseOf, type TrainingUses } from '../training-use.js';
import { createRequests } from './answer.js';
import { createModelRequests } from './model.js';
import { createPrivacyRequests } from './privacy.js';
import { createReportRequests } from './report.js';
import { createSettingsRequests } from './settings.js';

export interface EveryRequestConfig {
  store: Store;
  sentiment: SentimentService;
  registry: ModelRegistry;
  inspection: ModelInspection;
  training: TrainingService;
  night: Pick<Night, 'status'>;
  trust: Pick<Trust, 'waitOf' | 'toReview'>;
  heads?: Pick<CommunityHeads, 'read'>;
  probes: Probes;
  conversation: Conversation;
  settings: CommunitySettingsService;
  report: (request: ReportRequest) => Promise<Report>;
  /** By platform, what the operator lets Nunchi learn from. */
  permissions: TrainingUses;
  /** Hours for which texts are kept that nothing is learned from. */
  textHours: number;
  threshold: number;
  /** Communities whose moderators may change the model; see `ModelRequestsConfig`. */
  operators: readonly string[];
  logger: Logger;
}

export function createEveryRequest(config: EveryRequestConfig): AnswerRequest {
  const { store, sentiment, registry, training, night, settings, permissions, threshold, operators } = config;
  const { logger } = config;
  const rulesOf = (platform: string): PlatformRules => ({
    training: trainingUseOf(permissions, platform),
    textHours: config.textHours,
  });
  const { inspection } = config;
  const model = createModelRequests({
    store,
    sentiment,
    registry,
    inspection,
    training,
    night,
    rulesOf,
    operators,
  });
  const privacy = createPrivacyRequests({ store, rulesOf });
  return createRequests({
    ...config,
    training: permissions,
    handlers: {
      report: createReportRequests({ report: config.report, logger }).answer,
      model: model.answer,
      settings: createSettingsRequests({ settings, threshold }).answer,
      privacy: privacy.answer,
    },
    buttons: { model: model.press, privacy: privacy.press },
  });
}
