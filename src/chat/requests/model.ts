// The model in use, as a chat may see and change it: how things stand, what was, back to the one before, train now.
// All communities share one model, so that not every community's moderators may change it.
import { NunchiError } from '../../errors.js';
import type { ModelInspection } from '../../learn/model-inspection.js';
import type { ModelRegistry } from '../../learn/model-registry.js';
import type { Night, NightStatus } from '../../learn/night.js';
import { WITHDRAWN } from '../../learn/training-report.js';
import type { TrainingService } from '../../learn/training-service.js';
import type { SentimentService } from '../../serve/service.js';
import type { CommunityId } from '../../store/contracts/messages.js';
import type { TrainingRun } from '../../store/contracts/runs.js';
import type { Store } from '../../store/store.js';
import type { PlatformRules } from '../platform-rules.js';
import type { Button, ChatAnswer } from '../requests.js';
import { sayRunEnd } from '../run-wording.js';
import { sayWaiting } from '../waiting-wording.js';
import { sayModel } from '../wording.js';
import type { PressHandler, RequestContext, RequestHandler, RequestOf } from './handler.js';
import {
  MODEL_WORDS as WORDS,
  PROMOTED,
  ROLLED_BACK,
  sayHistory,
  sayInUse,
  sayLastNight,
  sayLastRun,
  sayNextNight,
  sayOperatorOnly,
  sayRollbackQuestion,
  saySince,
  sayStarted,
  sayTime,
  sayTooFewCorrections,
  sayTraining,
} from './model-wording.js';
import {
  MODELS_WORDS,
  sayDetails,
  sayDifference,
  sayModels,
  sayPromoteQuestion,
  whyNot,
} from './models-wording.js';
import { privately } from './parts.js';

export interface ModelRequestsConfig {
  store: Pick<Store, 'models' | 'runs' | 'messages'>;
  sentiment: Pick<SentimentService, 'model'>;
  registry: Pick<ModelRegistry, 'list' | 'promote' | 'rollbackTarget'>;
  inspection: Pick<ModelInspection, 'details' | 'diff'>;
  training: Pick<TrainingService, 'status' | 'start' | 'confirm' | 'decline'>;
  night: Pick<Night, 'status'>;
  rulesOf: (platform: string) => PlatformRules;
  /**
   * Communities whose moderators may change the model, as `platform:communityId`. Where none is named, the one community
   * that there is may; of several none.
   */
  operators: readonly string[];
}

export interface ModelRequests {
  answer: RequestHandler<'model'>;
  /** Buttons whose ids begin with `model:`. */
  press: PressHandler;
}

const DEPLOYMENTS_SHOWN = 5;
/** Further back no run waits, and deployments shown did not come of it. */
const RUNS_LOOKED_AT = 50;
/** With the one under way, the last one that ended is among them. */
const NIGHTS_LOOKED_AT = 2;
/** The page's own, which the operator writes on. */
const OPERATOR_PLATFORM = 'web';
/** Direct messages that belong to no community stand for one under an id that begins so. */
const DIRECT = 'dm:';

const KEEP = 'model:keep';
/** Ids have room for 100 characters; they are compared, never taken apart. */
const rollbackTo = (version: string) => `model:rollback:${version}`.slice(0, 100);
const promoteTo = (version: string) => `model:promote:${version}`.slice(0, 100);
const CONFIRM = 'model:confirm:';
const DECLINE = 'model:decline:';

export function createModelRequests(config: ModelRequestsConfig): ModelRequests {
  const { store, sentiment, registry, inspection, training, night, operators } = config;

  async function mayChange({ platform, communityId }: CommunityId): Promise<boolean> {
    if (operators.length > 0) return operators.includes(`${platform}:${communityId}`);
    if (communityId.startsWith(DIRECT)) return false;
    const others = (await store.messages.communities()).filter(
      (known) =>
        known.platform !== OPERATOR_PLATFORM &&
        !known.communityId.startsWith(DIRECT) &&
        (known.platform !== platform || known.communityId !== communityId),
    );
    return others.length === 0;
  }

  async function status(asker: CommunityId, context: RequestContext): Promise<ChatAnswer> {
    const { language, settings, moderator } = context;
    const [{ phase, progress, run, pendingCorrections, waiting: held }, [deployed], runs, nights] =
      await Promise.all([
        training.status(),
        store.models.deployments(1),
        store.runs.list(RUNS_LOOKED_AT),
        night.status(NIGHTS_LOOKED_AT),
      ]);
    const { version } = sentiment.model;
    const timeOf = (date: Date) => sayTime(date, settings.timeZone, language);
    const since = deployed?.version === version ? [saySince(timeOf(deployed.createdAt), language)] : [];
    const lines = [[sayModel({ ...sentiment.model, pendingCorrections }, language), ...since].join(' ')];
    lines.push(...sayWaiting(held, language));
    const waiting = runs.find(({ state }) => state === 'awaiting-confirmation');
    if (phase !== 'idle') lines.push(sayTraining(phase, progress, language));
    else if (run?.endedAt && run.id !== waiting?.id) {
      lines.push(sayLastRun(timeOf(run.endedAt), sayRunEnd(run, language), language));
    }
    // What came of a training that is told anyway is not told twice.
    const told = [run?.id, waiting?.id];
    lines.push(...sayNights(nights, runs, told, context));
    if (waiting === undefined) return { text: lines.join('\n'), private: true };
    const decides = moderator && (await mayChange(asker));
    const whoDecides = moderator ? WORDS.operatorDecides : WORDS.moderatorsDecide;
    lines.push([sayRunEnd(waiting, language), ...(decides ? [] : [whoDecides[language]])].join(' '));
    const text = lines.join('\n');
    return decides
      ? { text, private: true, buttons: [decisionButtons(waiting, context)] }
      : { text, private: true };
  }

  async function history({ language, settings }: RequestContext): Promise<ChatAnswer> {
    const deployments = await store.models.deployments(DEPLOYMENTS_SHOWN);
    const runs = await store.runs.list(RUNS_LOOKED_AT);
    return { text: sayHistory(deployments, runs, settings.timeZone, language), private: true };
  }

  async function askRollback({ language }: RequestContext): Promise<ChatAnswer> {
    const target = await registry.rollbackTarget();
    if (target === null) return { text: WORDS.noPrevious[language], private: true };
    const buttons: Button[] = [
      { id: rollbackTo(target), text: WORDS.rollback[language], style: 'danger' },
      { id: KEEP, text: WORDS.keep[language], style: 'plain' },
    ];
    const text = sayRollbackQuestion(sentiment.model.version, target, language);
    return { text, private: true, buttons: [buttons] };
  }

  async function askPromotion(
    version: string | undefined,
    { language }: RequestContext,
  ): Promise<ChatAnswer> {
    if (version === undefined) return privately(MODELS_WORDS.whichOne[language]);
    const model = (await registry.list()).find((one) => one.version === version);
    const refused = model === undefined ? MODELS_WORDS.unknown[language] : whyNot(model, language);
    if (refused !== null) return privately(refused);
    const buttons: Button[] = [
      { id: promoteTo(version), text: MODELS_WORDS.promote[language], style: 'danger' },
      { id: KEEP, text: WORDS.keep[language], style: 'plain' },
    ];
    const text = sayPromoteQuestion(sentiment.model.version, version, language);
    return { text, private: true, buttons: [buttons] };
  }

  async function promote(buttonId: string, { language }: RequestContext): Promise<string> {
    const model = (await registry.list()).find(({ version }) => promoteTo(version) === buttonId);
    const refused = model === undefined ? MODELS_WORDS.unknown[language] : whyNot(model, language);
    if (model === undefined || refused !== null) return refused ?? '';
    await registry.promote(model.version, PROMOTED);
    return sayInUse(model.version, language);
  }

  /** Of one model, or of it beside the one in use. */
  async function inspect(
    { action, version }: RequestOf<'model'>,
    { language, settings }: RequestContext,
  ): Promise<ChatAnswer> {
    const now = sentiment.model.version;
    const asked = version ?? now;
    try {
      if (action === 'show') {
        return privately(sayDetails(await inspection.details(asked), settings.timeZone, language));
      }
      if (version === undefined) return privately(MODELS_WORDS.whichOne[language]);
      if (version === now) return privately(MODELS_WORDS.inUse[language]);
      return privately(sayDifference(await inspection.diff(now, version), language));
    } catch (error) {
      if (error instanceof NunchiError && error.code === 'not-found') {
        return privately(MODELS_WORDS.unknown[language]);
      }
      throw error;
    }
  }

  async function train(platform: string, { language, settings }: RequestContext): Promise<ChatAnswer> {
    try {
      const { corrections } = await training.start('chat');
      return { text: sayStarted(corrections, settings.newsChannel !== null, language), private: true };
    } catch (error) {
      if (!(error instanceof NunchiError)) throw error;
      if (error.code === 'corrections-waiting') return privately(WORDS.allWait[language]);
      if (error.code === 'not-enough-data') {
        const rule = config.rulesOf(platform).training;
        const why = { off: WORDS.notTrainedHere, authored: WORDS.authoredOnly, messages: null }[rule];
        const said = [WORDS.nothingToLearn, ...(why === null ? [] : [why])].map((words) => words[language]);
        return { text: said.join(' '), private: true };
      }
      if (error.code !== 'training-running') throw error;
      const { phase, progress } = await training.status();
      const standing = phase === 'idle' ? [] : [sayTraining(phase, progress, language)];
      return { text: [WORDS.busy[language], ...standing].join(' '), private: true };
    }
  }

  async function rollBack(buttonId: string, { language }: RequestContext): Promise<string> {
    const target = await registry.rollbackTarget();
    if (target === null || rollbackTo(target) !== buttonId) return WORDS.stale[language];
    try {
      // By its version: pressed twice at once, a rollback to "the one before" would come back to where it began.
      await registry.promote(target, ROLLED_BACK, { kind: 'rollback' });
    } catch (error) {
      // Pressed twice, it is in use already.
      if (sentiment.model.version !== target) throw error;
    }
    return sayInUse(target, language);
  }

  async function decide(runId: string, confirmed: boolean, { language }: RequestContext): Promise<string> {
    const over = async () =>
      WORDS[(await store.runs.get(runId))?.reason === WITHDRAWN ? 'withdrawn' : 'decided'][language];
    if ((await store.runs.get(runId))?.state !== 'awaiting-confirmation') return over();
    try {
      if (!confirmed) {
        await training.decline(runId);
        return WORDS.declined[language];
      }
      return sayInUse((await training.confirm(runId)).candidateVersion ?? '', language);
    } catch (error) {
      if (!(error instanceof NunchiError)) throw error;
      if (error.code === 'training-running') return WORDS.busy[language];
      if (error.code === 'model-withdrawn') return WORDS.withdrawn[language];
      if (error.code === 'invalid-input') return await over();
      throw error;
    }
  }

  return {
    async answer(request, context) {
      const { action } = request;
      if (action === 'status') return status(request, context);
      if (action === 'history') return history(context);
      if (action === 'models') {
        const { settings, language } = context;
        return privately(sayModels(await registry.list(), settings.timeZone, language));
      }
      if (action === 'show' || action === 'diff') return inspect(request, context);
      if (!(await mayChange(request))) return operatorOnly(request, context);
      if (action === 'promote') return askPromotion(request.version, context);
      return action === 'rollback' ? askRollback(context) : train(request.platform, context);
    },
    async press(buttonId, request, context) {
      const { language, moderator } = context;
      if (!moderator) return { text: WORDS.moderatorsOnly[language], private: true };
      if (buttonId === KEEP) return { text: WORDS.left[language], private: true, replace: true };
      if (!(await mayChange(request))) return operatorOnly(request, context);
      const text = buttonId.startsWith(rollbackTo(''))
        ? await rollBack(buttonId, context)
        : buttonId.startsWith(promoteTo(''))
          ? await promote(buttonId, context)
          : buttonId.startsWith(CONFIRM)
            ? await decide(buttonId.slice(CONFIRM.length), true, context)
            : buttonId.startsWith(DECLINE)
              ? await decide(buttonId.slice(DECLINE.length), false, context)
              : WORDS.unknownButton[language];
      return { text, private: true, replace: true };
    },
  };
}

function operatorOnly({ platform, communityId }: CommunityId, { language }: RequestContext): ChatAnswer {
  return { text: sayOperatorOnly(`${platform}:${communityId}`, language), private: true };
}

/** When the next night is, and how the last one ended. */
function sayNights(
  { schedule, needed, nights }: NightStatus,
  runs: readonly TrainingRun[],
  told: readonly (string | undefined)[],
  { language, settings }: RequestContext,
): string[] {
  const timeOf = (date: Date) => sayTime(date, settings.timeZone, language);
  const next = schedule?.next ? [sayNextNight(timeOf(schedule.next), language)] : [];
  const last = nights.find(({ endedAt }) => endedAt !== null);
  if (last?.endedAt == null) return next;
  if (last.trainingRunId !== null && told.includes(last.trainingRunId)) return next;
  const run = runs.find(({ id }) => id === last.trainingRunId);
  const end =
    last.state === 'not-enough-data'
      ? sayTooFewCorrections(last.corrections ?? 0, needed, language)
      : run === undefined
        ? WORDS.nightFailed[language]
        : sayRunEnd(run, language);
  return [sayLastNight(timeOf(last.endedAt), end, language), ...next];
}

function decisionButtons({ id }: TrainingRun, { language }: RequestContext): Button[] {
  return [
    { id: `${CONFIRM}${id}`, text: WORDS.confirm[language], style: 'primary' },
    { id: `${DECLINE}${id}`, text: WORDS.decline[language], style: 'plain' },
  ];
}
