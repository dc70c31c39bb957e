// The model asked for in a chat, over the real registry and training: how things stand, history, rollback, training, and
// whose moderators may change it.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Asker, ModelAction } from '../../../src/chat/requests.js';
import { createModelRequests, type ModelRequests } from '../../../src/chat/requests/model.js';
import { DEFAULT_SETTINGS } from '../../../src/chat/settings.js';
import { createBotApi } from '../../../src/control/bot-api.js';
import { NunchiError } from '../../../src/errors.js';
import type { Label } from '../../../src/labels.js';
import { createModelInspection, type ModelInspection } from '../../../src/learn/model-inspection.js';
import { createNight, type Night } from '../../../src/learn/night.js';
import { createNightSchedule } from '../../../src/learn/night-schedule.js';
import type { TrainingService } from '../../../src/learn/training-service.js';
import { SILENT_LOGGER } from '../../../src/log.js';
import { aMessage } from '../../contracts/store.js';
import { createFakeTrainer, type FakeTrainer, type FakeTraining } from '../../fakes/trainer.js';
import {
  BASE,
  createFixtureTraining,
  createLearnFixture,
  type LearnFixture,
} from '../../learn/learn-fixture.js';
import { ASKER, aContext, HANGUL, LANGUAGES, pressing } from './asking.js';

let fixture: LearnFixture;
let trainer: FakeTrainer;
let training: TrainingService;
let model: ModelRequests;
let night: Night;
let inspection: ModelInspection;
let clock: number;
let rule: 'off' | 'authored' | 'messages';

beforeEach(async () => {
  fixture = await createLearnFixture();
  trainer = createFakeTrainer();
  rule = 'messages';
  const { store, registry, base, home } = fixture;
  training = createFixtureTraining(fixture, trainer.start);
  clock = Date.now();
  night = createNight({
    store,
    training,
    schedule: createNightSchedule('23 4 * * *', 'Asia/Seoul'),
    minCorrections: 2,
    baseVersion: base.version,
    tellQuiet: () => Promise.resolve(),
    logger: SILENT_LOGGER,
    now: () => new Date(clock),
  });
  inspection = createModelInspection({
    store,
    registry,
    home: home.directory,
    threads: 1,
    threshold: 0.5,
  });
  model = createRequests();
});
afterEach(async () => {
  await night.stop();
  await training.stop();
  await fixture.close();
});

const createRequests = (operators: string[] = []) =>
  createModelRequests({
    store: fixture.store,
    sentiment: fixture.serving,
    registry: fixture.registry,
    inspection,
    training,
    night,
    rulesOf: () => ({ training: rule, textHours: 720 }),
    operators,
  });

const ask = (action: ModelAction, context = aContext(), asker: Partial<Asker> = {}) =>
  model.answer({ ...ASKER, ...asker, type: 'model', action }, context);
const press = (buttonId = '', context = aContext(), asker: Partial<Asker> = {}) =>
  model.press(buttonId, pressing(buttonId, asker), context);
const idsOf = (answer: Awaited<ReturnType<typeof ask>>) => (answer.buttons ?? []).flat().map(({ id }) => id);
const inUse = () => fixture.serving.model.version;

function finish(run: FakeTraining, version: string, learned: Record<string, Label>) {
  fixture.serving.models.set(run.job.outDirectory, { version, read: (text) => learned[text] ?? 'neutral' });
  run.finish(version);
}

/** One correction, learned by a candidate that waits for a decision. */
async function waitingRun(): Promise<string> {
  await fixture.correct('so tired', 'negative');
  const ended = new Promise<string>((resolve) => {
    const stop = training.onEvent((event) => {
      if (event.type !== 'status' || event.status.run?.state !== 'awaiting-confirmation') return;
      if (event.status.phase !== 'idle') return;
      stop();
      resolve(event.status.run.id);
    });
  });
  await training.start('page');
  finish(await trainer.next(), 'nunchi-1', { 'so tired': 'negative' });
  return ended;
}

/** `nunchi-2` is in use, and BASE was before it. */
async function promoted(version = 'nunchi-2'): Promise<void> {
  await fixture.addModel({ version, read: () => 'positive' });
  await fixture.registry.promote(version, 'promoted by a command');
}

describe('the status', () => {
  it('names the model, since when, and what waits to be learned', async () => {
    await fixture.correct('so tired', 'negative');
    const { text, private: hidden, buttons } = await ask('status');
    expect(text).toMatch(
      /nunchi-base on fake.*One correction is waiting.*in use since \w+ \d+, \d\d:\d\d\.\n/,
    );
    expect([hidden, buttons]).toEqual([true, undefined]);
    expect((await ask('status', aContext({ language: 'ko' }))).text).toMatch(/부터 이 모델이에요\.\n/);
  });

  it('says how far a training is', async () => {
    await fixture.correct('so tired', 'negative');
    await training.start('page');
    const progress = {
      step: 12,
      totalSteps: 40,
      epoch: 1,
      loss: 1,
      learningRate: 1e-5,
      examplesPerSecond: 9,
    };
    const run = await trainer.next();
    run.report({ type: 'progress', progress: { ...progress, secondsLeft: 170 } });
    expect((await ask('status')).text).toContain('step 12 of 40, about 3 minutes to go');
    expect((await ask('status', aContext({ language: 'ko' }))).text).toContain(
      '40단계 가운데 12단계까지 왔고, 3분쯤',
    );
    run.report({ type: 'progress', progress: { ...progress, secondsLeft: 2 } });
    expect((await ask('status')).text).toContain('less than a minute to go');
  });

  it('says how the last training ended, and keeps to itself what the log says', async () => {
    await fixture.correct('so tired', 'negative');
    const { id } = await training.start('page');
    await trainer.next();
    await training.cancel();
    expect((await ask('status')).text).toMatch(
      /Last training \(.*\): The training was stopped before its end/,
    );
    await fixture.store.runs.update(id, { state: 'failed', reason: 'no space on /srv/secret' });
    const { text } = await ask('status');
    expect(text).toContain('could not be finished');
    expect(text).not.toContain('secret');
  });

  it('says when the next night is, and how the last one ended', async () => {
    const seoul = { settings: { ...DEFAULT_SETTINGS, timeZone: 'Asia/Seoul' } };
    expect((await ask('status', aContext(seoul))).text).toMatch(
      /\nThe next nightly training is on \w+ \d+, 04:23\.$/,
    );
    await fixture.correct('so tired', 'negative');
    clock += 24 * 60 * 60 * 1000;
    expect(await night.runDue()).toMatchObject({ state: 'not-enough-data' });
    expect((await ask('status', aContext(seoul))).text).toMatch(
      /\nLast nightly training \(.*\): there was one new correction, and I begin at 2\.\nThe next/,
    );
    expect((await ask('status', aContext({ ...seoul, language: 'ko' }))).text).toMatch(
      /\n지난 밤 학습\(.*\): 새 정정이 1개라서 학습하지 않았어요\. 2개부터 학습해요\.\n다음 밤 학습은 .*04:23에 해요\.$/,
    );
  });

  it('tells the end of a night once, and where it could not train keeps the reason to itself', async () => {
    await fixture.correct('so tired', 'negative');
    await fixture.correct('so glad', 'positive');
    clock += 24 * 60 * 60 * 1000;
    const ended = night.runDue();
    (await trainer.next()).fail(new Error('no space on /srv/secret'));
    const { trainingRunId, endedAt } = (await ended) ?? {};
    expect(endedAt).toBeInstanceOf(Date);
    const once = (await ask('status')).text;
    expect(once).toContain('Last training');
    expect(once).not.toContain('Last nightly');
    // Another one since.
    const { id } = await fixture.store.runs.start({ trigger: 'page', corrections: 1, baseVersion: 'x' });
    await fixture.store.runs.update(id, { state: 'kept', endedAt: new Date() });
    const both = (await ask('status')).text;
    expect(both).toMatch(
      /Last training.*stays[^]*Last nightly training \(.*\): The training could not be finished/,
    );
    expect(both).not.toMatch(/secret/);
    expect(trainingRunId).not.toBe(id);
  });

  it('offers moderators the decision that a run waits for, and tells others who decides', async () => {
    const runId = await waitingRun();
    const answer = await ask('status');
    expect(answer.text).toContain('The new model (nunchi-1) waits for a decision. Not enough data');
    expect(idsOf(answer)).toEqual([`model:confirm:${runId}`, `model:decline:${runId}`]);
    const other = await ask('status', aContext({ moderator: false }));
    expect(other.text).toContain('Moderators decide about it.');
    expect(other.buttons).toBeUndefined();
    model = createRequests(['slack:T9']);
    const elsewhere = await ask('status');
    expect(elsewhere.text).toContain('Whoever runs this Nunchi decides');
    expect(elsewhere.buttons).toBeUndefined();
  });
});

describe('the decision', () => {
  it('puts the new model in use', async () => {
    const runId = await waitingRun();
    const answer = await press(`model:confirm:${runId}`);
    expect(answer).toEqual({ text: 'The model nunchi-1 is in use now.', private: true, replace: true });
    expect(inUse()).toBe('nunchi-1');
    expect((await press(`model:confirm:${runId}`)).text).toContain('decided already');
    expect((await press('model:decline:unknown')).text).toContain('decided already');
  });

  it('leaves the model in use', async () => {
    const runId = await waitingRun();
    expect((await press(`model:decline:${runId}`)).text).toContain('stays out of use');
    expect(inUse()).toBe(BASE.version);
    expect((await ask('status')).text).toContain('was not confirmed');
  });

  it('is refused where something that was learned is gone since', async () => {
    const runId = await waitingRun();
    const [correction] = await fixture.store.feedback.corrections();
    await fixture.store.messages.eraseText(correction?.messageId ?? '');
    expect((await press(`model:confirm:${runId}`)).text).toContain('taken back or deleted since');
    expect(inUse()).toBe(BASE.version);
  });

  it('waits while another training is under way', async () => {
    const runId = await waitingRun();
    const started = await training.start('page');
    await trainer.next();
    await fixture.store.runs.update(runId, { state: 'awaiting-confirmation' });
    expect((await press(`model:confirm:${runId}`)).text).toContain('A training is under way');
    expect(started.state).toBe('running');
  });
});

describe('a rollback', () => {
  it('is asked for, then done', async () => {
    await promoted();
    const question = await ask('rollback');
    expect(question.text).toContain('from nunchi-2 to nunchi-base');
    expect(idsOf(question)).toEqual(['model:rollback:nunchi-base', 'model:keep']);
    expect(inUse()).toBe('nunchi-2');
    expect((await press('model:keep')).text).toBe('Left as it is.');
    const done = await press('model:rollback:nunchi-base');
    expect(done).toEqual({ text: 'The model nunchi-base is in use now.', private: true, replace: true });
    expect(inUse()).toBe(BASE.version);
  });

  it('comes to the same where the button is pressed twice at once', async () => {
    await promoted();
    const both = await Promise.all([
      press('model:rollback:nunchi-base'),
      press('model:rollback:nunchi-base'),
    ]);
    expect(new Set(both.map(({ text }) => text))).toEqual(new Set(['The model nunchi-base is in use now.']));
    expect(inUse()).toBe(BASE.version);
  });

  it('does nothing where the model has changed since it was asked for', async () => {
    await promoted();
    await promoted('nunchi-3');
    expect((await press('model:rollback:nunchi-base')).text).toContain('changed meanwhile');
    expect(inUse()).toBe('nunchi-3');
  });

  it('has nowhere to go from the first model', async () => {
    expect(await ask('rollback')).toMatchObject({
      text: expect.stringContaining('no model to go back to') as string,
    });
  });

  it('fits into a button whatever the version is called', async () => {
    const version = 'v'.repeat(100);
    await promoted(version);
    await promoted('nunchi-3');
    const [button = ''] = idsOf(await ask('rollback'));
    expect(button).toHaveLength(100);
    await press(button);
    expect(inUse()).toBe(version);
  });

  it('that cannot be loaded is an error, and the model in use stays', async () => {
    await promoted();
    fixture.serving.models.delete(fixture.base.directory);
    await expect(press('model:rollback:nunchi-base')).rejects.toMatchObject({ code: 'model-missing-file' });
    expect(inUse()).toBe('nunchi-2');
  });
});

describe('training', () => {
  it('begins, and says where its end is told', async () => {
    await fixture.correct('so tired', 'negative');
    const settings = { ...DEFAULT_SETTINGS, newsChannel: 'C7' };
    expect((await ask('train', aContext({ settings }))).text).toBe(
      'I have begun to learn from one correction. I will tell the news channel when it has ended.',
    );
    expect((await fixture.store.runs.list(1))[0]).toMatchObject({ trigger: 'chat', state: 'running' });
    await trainer.next();
    const again = await ask('train', aContext({ language: 'ko' }));
    expect(again.text).toMatch(/^지금 학습하고 있어서 할 수 없어요.*학습하고 있어요\.$/);
  });

  it('needs something to learn, and says what to do', async () => {
    expect((await ask('train')).text).toMatch(/^There is nothing to learn yet\. Correct readings with 🟢/);
    vi.spyOn(training, 'start').mockRejectedValueOnce(new NunchiError('corrections-waiting', 'x'));
    expect((await ask('train')).text).toContain('Every correction waits for somebody to look at it again');
    rule = 'off';
    expect((await ask('train')).text).toContain('Messages from here are not used for training');
    rule = 'authored';
    expect((await ask('train', aContext({ language: 'ko' }))).text).toContain('직접 적은 글만 배워요');
    expect(await fixture.store.runs.list(1)).toEqual([]);
  });
});

describe('the history', () => {
  it('says when and why each model came into use, in both languages', async () => {
    await waitingRun().then((runId) => training.confirm(runId));
    const { registry } = fixture;
    const describeBot = () => ({ address: null, model: fixture.serving.model, startedAt: new Date() });
    const bot = createBotApi({ registry, training, night, inspection, describe: describeBot });
    await bot.modelRollback();
    await bot.modelPromote('nunchi-1');
    await press('model:rollback:nunchi-base');
    const seoul = { ...DEFAULT_SETTINGS, timeZone: 'Asia/Seoul' };
    const [head, ...lines] = (await ask('history', aContext({ settings: seoul }))).text.split('\n');
    expect(head).toContain('Asia/Seoul');
    expect(lines.map((line) => line.replace(/^• .*?\d\d:\d\d /, ''))).toEqual([
      'nunchi-base: rolled back in a chat',
      'nunchi-1: promoted by a command',
      'nunchi-base: rolled back by a command',
      expect.stringMatching(/^nunchi-1: training, confirmed\. Not enough data to be sure/),
      'nunchi-base: first start',
    ]);
    const korean = (await ask('history', aContext({ language: 'ko' }))).text.split('\n').slice(1);
    expect(korean).toHaveLength(5);
    for (const line of korean) {
      expect(line).toMatch(HANGUL);
      expect(line).not.toMatch(/rolled|promoted|start|Not enough/);
    }
  });

  it('says in Korean what is recorded in English, and shows a reason that it does not know as it is', async () => {
    await fixture.addModel({ version: 'nunchi-2', read: () => 'positive' });
    await fixture.registry.promote('nunchi-2', 'model x could not be loaded at start');
    await fixture.registry.promote(BASE.version, 'of a later version');
    const { text } = await ask('history', aContext({ language: 'ko' }));
    expect(text).toContain('nunchi-2: 시작할 때 x 모델을 읽지 못해서 바꿈');
    expect(text).toContain('of a later version');
  });

  it('is the last five', async () => {
    for (const version of ['a', 'b', 'c', 'd', 'e', 'f']) await promoted(version);
    const lines = (await ask('history')).text.split('\n').slice(1);
    expect(lines.map((line) => / (\w):/.exec(line)?.[1])).toEqual(['f', 'e', 'd', 'c', 'b']);
  });
});

describe('one model for several communities', () => {
  const neighbour = () =>
    fixture.store.messages.add(aMessage({ platform: 'discord', communityId: 'G1', channelId: 'D1' }));

  it('is changed by none of them, and each is told how it could', async () => {
    await fixture.correct('so tired', 'negative');
    await promoted();
    await neighbour();
    for (const action of ['rollback', 'train'] as const) {
      for (const language of LANGUAGES) {
        const { text, buttons } = await ask(action, aContext({ language }));
        expect(text).toMatch(/NUNCHI_OPERATORS.*slack:T1|slack:T1.*NUNCHI_OPERATORS/);
        expect(buttons).toBeUndefined();
      }
    }
    expect((await press('model:rollback:nunchi-base')).text).toContain('several communities');
    expect((await press('model:confirm:x')).text).toContain('several communities');
    expect(inUse()).toBe('nunchi-2');
    expect(await fixture.store.runs.list(1)).toEqual([]);
  });

  it('is changed by those that the operator has named', async () => {
    await promoted();
    await neighbour();
    model = createRequests(['slack:T1']);
    expect((await ask('rollback', aContext(), { communityId: 'T2' })).text).toContain('slack:T2');
    expect((await ask('rollback', aContext(), { platform: 'discord' })).text).toContain('discord:T1');
    await press('model:rollback:nunchi-base');
    expect(inUse()).toBe(BASE.version);
  });

  it('is changed by the only one that there is, beside the page and direct messages', async () => {
    await fixture.correct('so tired', 'negative');
    await fixture.store.messages.add(aMessage({ platform: 'discord', communityId: 'dm:7', channelId: '7' }));
    expect((await ask('train', aContext(), { communityId: 'dm:8' })).text).toContain('NUNCHI_OPERATORS');
    await fixture.store.messages.add(aMessage({ platform: 'slack', communityId: 'T1', channelId: 'C1' }));
    expect((await ask('train')).text).toContain('begun to learn');
    await trainer.next();
  });
});

describe('a button', () => {
  it('does nothing for those who do not moderate', async () => {
    await promoted();
    const answer = await press('model:rollback:nunchi-base', aContext({ moderator: false }));
    expect(answer).toEqual({ text: 'Only moderators can do this.', private: true });
    expect(inUse()).toBe('nunchi-2');
  });

  it('of an earlier time says so', async () => {
    expect((await press('model:explode')).text).toContain('no longer in use');
  });
});

describe('other models', () => {
  const ofVersion = (action: ModelAction, version: string, context = aContext()) =>
    model.answer({ ...ASKER, type: 'model', action, version }, context);
  beforeEach(async () => {
    const row = await fixture.correct('so tired', 'negative');
    await fixture.addModel({ version: 'nunchi-2', read: () => 'negative' }, [row]);
  });

  it.each(LANGUAGES)('are listed and shown, in %s', async (language) => {
    const context = aContext({ language });
    const list = (await ask('models', context)).text.split('\n');
    expect(list).toHaveLength(3);
    expect(list[1]).toContain('nunchi-2');
    expect(list[2]).toContain(language === 'ko' ? '지금 쓰는 모델' : 'in use');
    await fixture.registry.promote('nunchi-2', 'p');
    const { text } = await ofVersion('show', 'nunchi-2', context);
    expect(text).toContain(language === 'ko' ? '정정 1개를 배웠어요' : 'learned one correction');
    expect(text).toContain(
      language === 'ko' ? '정정 1개를 새로 맞게' : 'read 1 corrections rightly for the first',
    );
    expect(HANGUL.test(text)).toBe(language === 'ko');
  });

  it('are compared with the one in use', async () => {
    const [before, after] = [await inspection.details(BASE.version), await inspection.details('nunchi-2')];
    const layers = [{ layer: 'layer 0', l2: 1, relative: 0.25 }];
    inspection = {
      ...inspection,
      diff: () =>
        Promise.resolve({
          before,
          after,
          commonAncestor: BASE.version,
          receipts: { onlyBefore: [], onlyAfter: ['x'] },
          files: {
            settings: {},
            data: {},
            rows: { before: 0, after: 1 },
            layers,
            behaviour: { n: 600, passedBefore: 500, passedAfter: 501, changed: [] },
          },
        }),
    };
    model = createRequests();
    const { text } = await ofVersion('diff', 'nunchi-2');
    expect(text).toContain('corrections that only one of them read rightly: 0, 1');
    expect(text).toContain('behaviour set of 600: 500 passed, 501 passed');
    expect(text).toContain('layer 0 25.0%');
    expect((await ofVersion('diff', 'nunchi-2', aContext({ language: 'ko' }))).text).toContain('가중치가');
    expect((await ask('diff')).text).toContain('Name the model');
  });

  it('are put in use by a button for moderators, after a question', async () => {
    const question = await ofVersion('promote', 'nunchi-2');
    expect(question.text).toContain('Shall I use nunchi-2 instead of nunchi-base?');
    expect(inUse()).toBe(BASE.version);
    expect((await press('model:promote:nunchi-2', aContext({ moderator: false }))).text).toContain(
      'moderators',
    );
    expect((await press(idsOf(question)[0])).text).toBe('The model nunchi-2 is in use now.');
    expect(inUse()).toBe('nunchi-2');
    expect((await press(idsOf(question)[0])).text).toBe('That model is in use already.');
    expect((await ofVersion('promote', 'nunchi-9')).text).toContain('no such model');
    expect((await ask('promote')).text).toContain('Name the model');
  });

  it('stay out of use where they learned from something deleted', async () => {
    const [row = ''] = await fixture.store.models.rows('nunchi-2');
    await fixture.store.messages.eraseText(row);
    expect((await ofVersion('promote', 'nunchi-2')).text).toContain(
      'learned from a message that was deleted',
    );
    expect((await ask('models')).text).toContain('learned from a deleted message');
    expect(inUse()).toBe(BASE.version);
  });
});
