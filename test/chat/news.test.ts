// The end of a training as the news channels hear of it: what is said, to whom, and once.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNews, type News, type NewsConfig } from '../../src/chat/news.js';
import { createCommunitySettings, type CommunitySettingsService } from '../../src/chat/settings.js';
import { judge, NO_EVIDENCE, GATE_DEFAULTS } from '../../src/learn/gate.js';
import { NO_PAIRS } from '../../src/learn/mcnemar.js';
import { describeVerdict } from '../../src/learn/verdict-text.js';
import { openHome } from '../../src/home/home.js';
import { SILENT_LOGGER } from '../../src/log.js';
import { openStore } from '../../src/store/open-store.js';
import type { Receipt } from '../../src/store/contracts/models.js';
import type { TrainingRun } from '../../src/store/contracts/runs.js';
import type { Store } from '../../src/store/store.js';
import { aCorrection, aMessage } from '../contracts/store.js';
import { createPostingPlatform, type PostingPlatform } from '../fakes/posting-platform.js';
import { createFakeTraining, type FakeTraining } from '../fakes/training.js';
import { temporaryFolders } from '../store/temporary-home.js';

const nextFolder = temporaryFolders();
const PNG = Buffer.from('picture');

let clock: number;
let store: Store;
let settings: CommunitySettingsService;
let training: FakeTraining;
let platform: PostingPlatform;
let news: News | undefined;
let drawn: string[];

beforeEach(async () => {
  clock = Date.parse('2026-03-01T19:00:00Z');
  const home = openHome(nextFolder());
  store = await openStore({ file: home.databaseFile, keyFile: home.keyFile, now: () => new Date(clock) });
  settings = createCommunitySettings(store.settings);
  training = createFakeTraining(store);
  platform = createPostingPlatform(store);
  drawn = [];
  await settings.change('slack', 'T1', { newsChannel: 'C1', language: 'en' });
  const message = await store.messages.add(aMessage());
  await store.feedback.record(aCorrection(message.id));
});
afterEach(async () => {
  await news?.stop();
  news = undefined;
  await store.close();
});

async function startNews(change: Partial<NewsConfig> = {}): Promise<News> {
  await news?.stop();
  news = createNews({
    training,
    store,
    settings,
    platforms: [platform],
    drawPicture: (svg) => {
      drawn.push(svg);
      return Promise.resolve(PNG);
    },
    logger: SILENT_LOGGER,
    now: () => new Date(clock),
    ...change,
  });
  await news.start();
  return news;
}

/** 60 corrections held out, of which the new model reads more rightly, or none where it is to be asked for. */
function aReport(heldOut = 60) {
  const verdict = judge(
    {
      ...NO_EVIDENCE,
      purpose: heldOut === 0 ? 'manual' : 'night',
      // Too few to go by where it is to be asked for.
      replay:
        heldOut === 0
          ? { both: 96, onlyChampion: 1, onlyCandidate: 1, neither: 2 }
          : { both: 1840, onlyChampion: 36, onlyCandidate: 28, neither: 96 },
      heldOutCorrections:
        heldOut === 0 ? NO_PAIRS : { both: 10, onlyChampion: 2, onlyCandidate: 30, neither: heldOut - 42 },
    },
    GATE_DEFAULTS,
  );
  const sentences = { en: describeVerdict(verdict, 'en'), ko: describeVerdict(verdict, 'ko') };
  return { verdict, sentences, learned: { n: 12, champion: 2, candidate: 11 }, learnedMessages: [] };
}

/** A run that ends in this state. */
async function run(change: Partial<TrainingRun>, trigger = 'night'): Promise<TrainingRun> {
  const { id } = await training.start(trigger);
  await training.end({ candidateVersion: 'nunchi-2', corrections: 12, endedAt: new Date(clock), ...change });
  return (await store.runs.get(id)) as TrainingRun;
}

/** Lets what is being told end. */
const told = async () => {
  await news?.stop();
  news = undefined;
  return platform.posts();
};

describe('the end of a training', () => {
  it('is told with what was learned, before and after, why, and a chart', async () => {
    await startNews();
    const { id } = await run({ state: 'promoted', report: aReport() });
    const [post, ...others] = await told();
    expect(others).toEqual([]);
    expect(post).toMatchObject({ channelId: 'C1', key: `run:${id}:promoted:C1` });
    expect(post?.text.split('\n')).toEqual([
      'Last night I trained on 12 corrections. The new model (nunchi-2) came into use. ' +
        'The new model is better on 60 held-out corrections: 30 read rightly only by it, 2 only by the one before (exact McNemar, level 0.05). ' +
        'What Nunchi already knew is kept within the margin (93.8% before, 93.4% after). ' +
        'On 2,000 texts a loss below 1.36 points can go unnoticed (an equal model passes in 96% of cases); with NSMC fetched, below 0.50.',
      '• corrections learned (12): 16.7% → 91.7%',
      '• corrections held out (60): 20.0% → 66.7%',
      '• known before (2,000): 93.8% → 93.4%',
    ]);
    expect(post?.attachment).toMatchObject({ name: 'training.png', content: PNG.toString('base64') });
    expect(post?.attachment?.description).toBe(post?.text);
    expect(drawn).toHaveLength(1);
    expect(drawn[0]).toContain('66.7%');
  });

  it('asks for the decision, and tells the answer shortly', async () => {
    await startNews();
    const { id } = await run({ state: 'awaiting-confirmation', report: aReport(0) });
    await training.confirm(id);
    const [question, answer] = await told();
    expect(question?.text).toMatch(
      /waits for a decision\. Not enough data[^]*Moderators decide with the model/,
    );
    expect(question?.text).not.toContain('held out (0)');
    expect(answer).toMatchObject({
      key: `run:${id}:promoted:C1`,
      text: 'It was confirmed: the new model (nunchi-2) came into use.',
      attachment: null,
    });
  });

  it.each<[Partial<TrainingRun>, RegExp, RegExp]>([
    [{ state: 'kept', report: aReport() }, /The model in use stays\./, /지금 모델을 그대로 써요/],
    [{ state: 'kept', report: aReport(0) }, /was not confirmed/, /확인을 받지 못해/],
    [
      { state: 'failed', reason: 'disk full at /srv/x' },
      /^The training could not be/,
      /^학습이 끝까지 가지 못했어요/,
    ],
    [{ state: 'cancelled', reason: 'by hand' }, /^The training was stopped/, /^학습을 중간에 그만두었어요/],
  ])('%j is told in the language of the community', async (change, english, korean) => {
    await settings.change('slack', 'T2', { newsChannel: 'C2' });
    await startNews();
    await run(change, 'page');
    const posts = await told();
    expect(posts.map(({ channelId }) => channelId)).toEqual(['C1', 'C2']);
    expect(posts[0]?.text).toMatch(english);
    expect(posts[1]?.text).toMatch(korean);
    for (const { text } of posts) expect(text).not.toMatch(/srv|by hand|Last night|간밤/);
  });

  it('is told in every community that wants news, one picture for each language', async () => {
    const other = createPostingPlatform(store, 'discord');
    await settings.change('slack', 'T2', { newsChannel: 'C2', language: 'en' });
    await settings.change('slack', 'T3', { language: 'en' });
    await settings.change('discord', 'G1', { newsChannel: 'D1', language: 'ko' });
    await settings.change('web', 'local', { newsChannel: 'page' });
    await startNews({ platforms: [platform, other, { name: 'web' }] });
    await run({ state: 'promoted', report: aReport() });
    expect((await told()).map(({ channelId }) => channelId)).toEqual(['C1', 'C2']);
    expect((await other.posts())[0]?.text).toMatch(/^간밤에 정정 12개로 학습했어요\. 새 모델\(nunchi-2\)을/);
    expect(drawn).toHaveLength(2);
  });

  it('is told without the chart where that cannot be drawn', async () => {
    await startNews({ drawPicture: () => Promise.reject(new Error('no memory')) });
    await run({ state: 'promoted', report: aReport() });
    expect(await told()).toMatchObject([{ attachment: null }]);
  });

  it('that one platform does not take is told on the others', async () => {
    await settings.change('discord', 'G1', { newsChannel: 'D1' });
    const broken = { name: 'discord', post: () => Promise.reject(new Error('gone')) };
    await startNews({ platforms: [broken, platform] });
    await run({ state: 'promoted', report: aReport() });
    expect(await told()).toHaveLength(1);
  });
});

describe('news are told once', () => {
  it('however often the training says how things stand', async () => {
    await startNews();
    await run({ state: 'promoted', report: aReport() });
    await training.phase('idle');
    await training.phase('idle');
    expect(await told()).toHaveLength(1);
    expect(drawn).toHaveLength(1);
  });

  it('over a restart, which also tells what ended just before it', async () => {
    await startNews();
    await training.start('night');
    expect(await told()).toEqual([]);
    await training.end({ state: 'promoted', report: aReport(), endedAt: new Date(clock) });
    await startNews();
    expect(await told()).toHaveLength(1);
    await startNews();
    expect(await told()).toHaveLength(1);
  });

  it('and never as old news', async () => {
    await run({ state: 'promoted', report: aReport() });
    clock += 25 * 60 * 60 * 1000;
    await startNews();
    await training.phase('idle');
    expect(await told()).toEqual([]);
  });
});

describe('a night with too little to learn', () => {
  it('is told as such, once', async () => {
    await settings.change('slack', 'T2', { newsChannel: 'C2' });
    const service = await startNews();
    await service.quietNight('2026-03-02', { corrections: 1, needed: 5 });
    await service.quietNight('2026-03-02', { corrections: 1, needed: 5 });
    expect((await told()).map(({ text }) => text)).toEqual([
      'I did not train last night: there was one new correction, and I begin at 5.',
      '간밤에는 학습하지 않았어요. 새 정정이 1개인데 5개부터 학습해요.',
    ]);
  });
});

describe('a model that came into use', () => {
  async function modelInUse(version: string): Promise<void> {
    await store.models.register({ version, directory: `/models/${version}`, parent: null, metrics: {} });
    await store.models.deploy(version, 'p');
  }

  async function receipts(gained: number, lost: number): Promise<void> {
    const states = [...Array<'gained'>(gained).fill('gained'), ...Array<'lost'>(lost).fill('lost')];
    const read: Receipt[] = [];
    for (const state of states) {
      const { id } = await store.messages.add(aMessage());
      await store.feedback.record(aCorrection(id));
      read.push({ messageId: id, label: 'negative', state });
    }
    await store.receipts.save('nunchi-2', read);
  }

  it('is told with the corrections that it reads rightly now, and those that it lost', async () => {
    await receipts(3, 1);
    await settings.change('slack', 'T2', { newsChannel: 'C2', language: 'ko' });
    await startNews();
    await run({ state: 'promoted', report: null });
    const [english, korean] = await told();
    expect(english?.text).toContain('It now reads 3 corrections rightly that the model before did not.');
    expect(english?.text).toContain('It reads one correction wrongly again that a model before read rightly');
    expect(korean?.text).toContain('이제 정정 3개를 새로 맞게 읽어요.');
    expect(korean?.text).toContain('정정 1개를 다시 틀리게 읽어요');
  });

  it('says where a deletion left nothing to learn from', async () => {
    await startNews();
    await run({ state: 'promoted', report: null, corrections: 0 }, 'deletion');
    expect((await told())[0]?.text).toContain(
      'No correction was left to learn from, so the base model (nunchi-2)',
    );
  });

  it('is told, in both languages, where it did badly and gave way', async () => {
    await settings.change('slack', 'T2', { newsChannel: 'C2', language: 'ko' });
    const deployment = {
      version: 'nunchi-1',
      previousVersion: 'nunchi-2',
      kind: 'automatic-rollback' as const,
      reason: 'rolled back automatically: 50 of its first 50 requests failed',
      createdAt: new Date(clock),
    };
    const started = await startNews();
    await started.gaveWay(deployment);
    await started.gaveWay(deployment);
    const posts = await told();
    expect(posts.map(({ channelId }) => channelId)).toEqual(['C1', 'C2']);
    expect(posts[0]?.text).toMatch(/^The new model \(nunchi-2\) did badly .* nunchi-1 is in use again\./);
    expect(posts[1]?.text).toMatch(/nunchi-1 모델로 되돌렸어요/);
  });

  it('is told once where it could not be loaded at start, whichever start comes to tell it', async () => {
    await settings.change('slack', 'T2', { newsChannel: 'C2', language: 'ko' });
    await modelInUse('nunchi-1');
    await modelInUse('nunchi-2');
    await store.models.deploy('nunchi-1', 'could not be loaded', { kind: 'fallback' });
    await startNews();
    await startNews();
    const posts = await told();
    expect(posts.map(({ channelId }) => channelId)).toEqual(['C1', 'C2']);
    expect(posts[0]?.text).toContain('nunchi-2 could not be loaded, so nunchi-1 is in use');
    expect(posts[1]?.text).toContain('쓰던 모델(nunchi-2)을 불러오지 못해서 nunchi-1 모델을');
  });

  it('is not told of a model that gave way days ago, or that somebody chose since', async () => {
    await modelInUse('nunchi-1');
    await modelInUse('nunchi-2');
    await store.models.deploy('nunchi-1', 'could not be loaded', { kind: 'fallback' });
    clock += 25 * 60 * 60 * 1000;
    await startNews();
    await store.models.deploy('nunchi-2', 'too slow', { kind: 'automatic-rollback' });
    await modelInUse('nunchi-1');
    await startNews();
    expect(await told()).toEqual([]);
  });

  it('is told once where it should have been replaced long ago', async () => {
    const started = await startNews();
    const due = { version: 'nunchi-1', since: new Date(clock), dueAt: new Date(clock) };
    await started.rebuildOverdue(due);
    await started.rebuildOverdue(due);
    const posts = await told();
    expect(posts).toHaveLength(1);
    expect(posts[0]?.text).toContain('deleted more than 48 hours ago');
  });
});
