// The rules of conversation, for every platform: a message is kept before anything else, then read, then answered.
import { serializeError } from '../errors.js';
import type { Reading } from '../labels.js';
import type { CommunityHeads } from '../learn/community/heads.js';
import type { TrainingService } from '../learn/training-service.js';
import type { Logger } from '../log.js';
import type { ClassifyResponse, SentimentService } from '../serve/service.js';
import type { StoredMessage } from '../store/contracts/messages.js';
import type { Store } from '../store/store.js';
import { commandIn } from './commands.js';
import type { Trust } from '../learn/trust/trust.js';
import { recordCorrection, type CorrectionResult, type Feedback } from './correction.js';
import { distressIn } from './distress.js';
import { answerLanguage, languageOf } from './language.js';
import type { ChatPlatform, IncomingMessage, Language } from './platform.js';
import { applyThreshold, readingOfPrediction, readingOfResult } from './readings.js';
import { rereadLearned } from './reread.js';
import { DEFAULT_SETTINGS, type CommunitySettings, type CommunitySettingsService } from './settings.js';
import { explainLastReading } from './why.js';
import { sayHelp, sayKindWord, sayModel, sayNothingToExplain, sayReading, sayWhy } from './wording.js';

export interface ConversationConfig {
  store: Store;
  sentiment: Pick<SentimentService, 'classify' | 'explain' | 'model'>;
  /** Where training is off, nothing is read again after a swap. */
  training?: Pick<TrainingService, 'status' | 'onEvent'>;
  /** Where there are none, as on the page, every community has the defaults. */
  settings?: Pick<CommunitySettingsService, 'get'>;
  /** What communities read in their own way; without them, all read alike. */
  heads?: Pick<CommunityHeads, 'read'>;
  /** Says which corrections wait before they are learned; without it, none does. */
  trust?: Pick<Trust, 'waitOf'>;
  logger: Logger;
}

/** What became of a message: `unread` could not be read now, `left` was not to be read. */
export type Outcome = { kind: 'answered' | 'read'; reading: Reading | null } | { kind: 'unread' | 'left' };

export interface Received {
  /** Durably kept: the platform may acknowledge it. */
  message: StoredMessage;
  /** Settles when the message is read and answered, or could not be; never rejects. */
  settled: Promise<Outcome>;
}

export interface ChannelAddress {
  platform: string;
  communityId: string;
  channelId: string;
  language: Language;
}

export interface Conversation {
  /** Answers and news of this platform's messages go to it from now on. */
  attach(platform: ChatPlatform): () => void;
  receive(message: IncomingMessage): Promise<Received>;
  /**
   * The author has changed the text: it is read anew, and an answer to it says so.
   * @returns false where nothing changed, or the message is not known
   */
  revise(edit: Pick<IncomingMessage, 'platform' | 'channelId' | 'messageId' | 'text'>): Promise<boolean>;
  /** @throws NunchiError `not-found` for an unknown message. */
  correct(feedback: Feedback): Promise<CorrectionResult>;
  /** Answers people's messages that have no answer: the ones acknowledged just before a crash. Gives how many. */
  resume(channel: ChannelAddress): Promise<number>;
  /** Waits for messages being read. */
  stop(): Promise<void>;
}

/** How a message was said, beside what is kept of it. */
interface Manner extends Pick<IncomingMessage, 'addressed' | 'repliesTo'> {
  /** Where the text itself does not show it. */
  language: Language;
}

interface Predicted {
  reading: Reading;
  modelVersion: string;
  /** Resolves once it is on the disk. */
  kept: Promise<unknown>;
}

const NOTHING_READ = { reading: null, modelVersion: null, kept: Promise.resolve() };

/** Longer texts are read by their beginning; the model itself reads far fewer tokens than this. */
export const READ_AT_MOST = 100_000;
/** How far back messages without an answer are looked for. */
const RESUME_PAGE = 200;
const RESUME_PAGES = 5;

/** Under which id the answer to a message is kept. */
const answerId = (message: StoredMessage) => `answer:${message.externalId}`;

export function createConversation(config: ConversationConfig): Conversation {
  const { store, sentiment, training, heads, logger } = config;
  const platforms = new Map<string, ChatPlatform>();
  /** One reading of a message at a time, however often it is sent. */
  const inFlight = new Map<string, Promise<unknown>>();

  const stopListening = training?.onEvent((event) => {
    if (event.type !== 'promoted' || event.learned.length === 0) return;
    const rereading = rereadLearned(
      { store, sentiment, platforms, logger, ...(heads === undefined ? {} : { heads }) },
      event.learned,
    );
    void track(
      `promotion ${event.version}`,
      rereading.catch((error: unknown) => logger.error('messages not read again', { error })),
    );
  });

  function track<T>(key: string, work: Promise<T>): Promise<T> {
    const tracked = work.finally(() => inFlight.delete(key));
    inFlight.set(key, tracked);
    return tracked;
  }

  async function settingsOf({ platform, communityId }: StoredMessage): Promise<CommunitySettings> {
    return (await config.settings?.get(platform, communityId)) ?? DEFAULT_SETTINGS;
  }

  async function predict(message: StoredMessage, text: string): Promise<Predicted> {
    const known = (await store.predictions.latest([message.id])).get(message.id);
    if (known === undefined) return readAnew(message, text);
    return { reading: readingOfPrediction(known), modelVersion: known.modelVersion, kept: Promise.resolve() };
  }

  async function readAnew(message: StoredMessage, text: string): Promise<Predicted> {
    const shared = await sentiment.classify([text.slice(0, READ_AT_MOST)]);
    const response: ClassifyResponse = heads?.read(message, shared) ?? shared;
    const result = response.results[0];
    if (!result) throw new Error('The sentiment service gave no reading');
    const reading = readingOfResult(result);
    const kept = store.predictions.add(message.id, response.model, reading);
    // Whoever waits for it is told as well.
    kept.catch(() => undefined);
    return { reading, modelVersion: response.model, kept };
  }

  async function answerTo(
    message: StoredMessage,
    text: string,
    manner: Pick<Manner, 'language' | 'repliesTo'>,
  ) {
    const settings = await settingsOf(message);
    const command = commandIn(text);
    // The names of slash commands are the same for everybody: their letters say nothing about the language.
    const said =
      command !== null && text.trimStart().startsWith('/') ? text.replaceAll(/\p{Script=Latin}/gu, '') : text;
    const language = answerLanguage(settings, said, manner.language);
    if (command === 'help') return { text: sayHelp(language), ...NOTHING_READ };
    if (command === 'model') {
      const pending = training ? (await training.status()).pendingCorrections : null;
      const facts = { ...sentiment.model, pendingCorrections: pending };
      return { text: sayModel(facts, language), ...NOTHING_READ };
    }
    if (command === 'why') {
      const { repliesTo = null } = manner;
      const explained = await explainLastReading(config, { ...message, repliesTo }, message.id);
      const why =
        explained === null
          ? sayNothingToExplain(language)
          : sayWhy(explained.explanation, language, explained.unsure);
      return { text: why, ...NOTHING_READ };
    }
    const distress = distressIn(text);
    if (distress !== null) return { text: sayKindWord(distress, language), ...NOTHING_READ };
    const { reading: predicted, modelVersion, kept } = await predict(message, text);
    const reading = applyThreshold(predicted, settings.threshold);
    return { text: sayReading(reading, language, message.id), reading, modelVersion, kept };
  }

  /** Never rejects. */
  async function readAndAnswer(message: StoredMessage, manner: Manner): Promise<Outcome> {
    const { platform, communityId, channelId } = message;
    if (message.text === null) return { kind: 'left' };
    try {
      if (!manner.addressed) {
        if (distressIn(message.text) !== null) return { kind: 'left' };
        const { reading, kept } = await predict(message, message.text);
        await kept;
        return { kind: 'read', reading: applyThreshold(reading, (await settingsOf(message)).threshold) };
      }
      const answer = await answerTo(message, message.text, manner);
      // An id made from the message's own: answering twice (a retry, a restart) keeps the first answer. Reading and answer
      // are written at once, so that the disk is waited for once.
      const answering = store.messages.add({
        platform,
        communityId,
        channelId,
        externalId: answerId(message),
        personId: null,
        author: 'nunchi',
        inReplyTo: message.id,
        threadId: message.threadId,
        text: answer.text,
        trainable: false,
      });
      const [kept] = await Promise.all([answering, answer.kept]);
      const { reading, modelVersion } = answer;
      const text = kept.text ?? answer.text;
      await platforms
        .get(platform)
        ?.reply(channelId, { id: kept.id, inReplyTo: message.id, text, reading, modelVersion });
      return { kind: 'answered', reading };
    } catch (error) {
      logger.warn('message not read yet', { messageId: message.id, error });
      await platforms
        .get(platform)
        ?.unread(channelId, message.id, serializeError(error))
        .catch((cause: unknown) => logger.error('conversation failed', { error: cause }));
      return { kind: 'unread' };
    }
  }

  /** The answer says what the text says now. */
  async function amendAnswer(message: StoredMessage, text: string, language: Language): Promise<void> {
    const { platform, channelId } = message;
    const given = await store.messages.find(platform, channelId, answerId(message));
    if (given === null) return;
    const answer = await answerTo(message, text, { language });
    await answer.kept;
    if (answer.text === given.text) return;
    const { reading, modelVersion } = answer;
    const reply = { id: given.id, inReplyTo: message.id, text: answer.text, reading, modelVersion };
    await platforms.get(platform)?.amend?.(channelId, reply);
    await store.messages.revise(given.id, answer.text);
  }

  function settle(message: StoredMessage, manner: Manner): Promise<Outcome> {
    const reading = inFlight.get(message.id) as Promise<Outcome> | undefined;
    return reading ?? track(message.id, readAndAnswer(message, manner));
  }

  async function unanswered(channelId: string): Promise<StoredMessage[]> {
    const answered = new Set<string>();
    const waiting: StoredMessage[] = [];
    let before: string | undefined;
    for (let page = 0; page < RESUME_PAGES; page += 1) {
      const messages = await store.messages.history(channelId, {
        limit: RESUME_PAGE,
        ...(before === undefined ? {} : { before }),
      });
      for (const message of messages) if (message.inReplyTo !== null) answered.add(message.inReplyTo);
      waiting.unshift(...messages.filter((message) => message.author === 'person' && message.text !== null));
      if (messages.length < RESUME_PAGE) break;
      before = messages[0]?.id;
    }
    return waiting.filter((message) => !answered.has(message.id));
  }

  return {
    attach(platform) {
      platforms.set(platform.name, platform);
      return () => platforms.delete(platform.name);
    },

    async receive(incoming) {
      const { platform, communityId, channelId, messageId, authorId, text } = incoming;
      const readable = text.trim() !== '' && commandIn(text) === null && distressIn(text) === null;
      const message = await store.messages.add({
        platform,
        communityId,
        channelId,
        externalId: messageId,
        personId: authorId,
        author: 'person',
        inReplyTo: null,
        threadId: incoming.threadId ?? null,
        text,
        trainable: incoming.trainable && readable,
      });
      return { message, settled: settle(message, incoming) };
    },

    async revise({ platform, channelId, messageId, text }) {
      const known = await store.messages.find(platform, channelId, messageId);
      if (known?.author !== 'person' || known.text === null || known.text === text.toWellFormed())
        return false;
      await inFlight.get(known.id);
      // The text comes last: where something fails before it, the same edit is made again as a whole.
      if (commandIn(text) === null && distressIn(text) === null) await (await readAnew(known, text)).kept;
      await amendAnswer(known, text, languageOf(text, 'ko'));
      return (await store.messages.revise(known.id, text)) !== null;
    },

    correct: (feedback) => recordCorrection(store, feedback, config.trust?.waitOf),

    async resume({ platform, channelId, language }) {
      const waiting = (await unanswered(channelId)).filter((message) => message.platform === platform);
      for (const message of waiting) await settle(message, { language, addressed: true });
      if (waiting.length > 0) logger.info('messages answered after a restart', { count: waiting.length });
      return waiting.length;
    },

    async stop() {
      stopListening?.();
      await Promise.all(inFlight.values());
    },
  };
}
