// The page in a headless browser: a message, a correction, taking it back, training, the swap; ko and en, wide and narrow.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TrainingRun } from '../../src/store/contracts/runs.js';
import { BROWSER, launchBrowser, noteSkipped } from '../fakes/browser.js';
import { readingAs } from '../fakes/sentiment.js';
import { startWebBench, type WebBench } from '../fakes/web-bench.js';

noteSkipped('test/bots/page.test.ts');

const NEXT = 'nunchi-00000002';
const WIDE = { width: 1280, height: 860 };
const NARROW = { width: 360, height: 740 };
const LANGUAGES = {
  ko: {
    locale: 'ko-KR',
    text: '반전이 미쳤다',
    train: '지금 학습하기',
    confirm: '새 모델 쓰기',
    learned: '라벨: 부정. 다음 학습 때 배워요.',
    takenBack: '취소했어요.',
    unsure: '잘 모르겠음',
    unsurePattern: /44%/,
    decision: '새 모델이 결정을 기다려요',
    negative: '부정 81%',
    panel: '학습 패널 열기',
    scores: ['얼마나 맞혔나요', '1개 중 1개'],
    nextNight: /^다음 밤 학습: \d+월 \d+일 \d\d:23$/,
  },
  en: {
    locale: 'en-US',
    text: 'what a twist',
    train: 'Train now',
    confirm: 'Use the new model',
    learned: 'Label: Negative. The next training learns it.',
    takenBack: 'Taken back.',
    unsure: 'Not sure',
    unsurePattern: /44%/,
    decision: 'A new model waits for your decision',
    negative: 'Negative 81%',
    panel: 'Open the learning panel',
    scores: ['How right it was', '1 of 1'],
    nextNight: /^Next training by itself: \w+ \d+, \d\d:23$/,
  },
} as const;

let browser: Browser;
let bench: WebBench;
let problems: string[];

async function openPage(options: BrowserContextOptions): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (line) => {
    if (line.type() === 'error') problems.push(line.text());
  });
  await page.goto(bench.url);
  await page.locator('.card.learning').waitFor({ state: 'attached' });
  return page;
}

async function say(page: Page, text: string): Promise<void> {
  const answers = await page.locator('.message.nunchi').count();
  await page.locator('textarea').fill(text);
  await page.keyboard.press('Enter');
  await page.locator('.message.nunchi').nth(answers).waitFor();
}

/** The new model comes into use as a confirmed run brings it. */
async function swapOnConfirm(learned: string): Promise<void> {
  const { store, sentiment, training } = bench;
  await store.models.register({ version: NEXT, directory: '/nowhere', parent: null, metrics: {} });
  training.onConfirm = async (run: TrainingRun) => {
    await store.models.deploy(NEXT, 'confirmed');
    sentiment.swap(NEXT, () => readingAs('negative', 0.81));
    await store.feedback.markLearned(run.id, [learned]);
    const previousVersion = run.baseVersion;
    training.emit({ type: 'promoted', version: NEXT, previousVersion, learned: [learned] });
  };
}

describe.skipIf(BROWSER === undefined)('the page', () => {
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    problems = [];
    bench = await startWebBench();
    bench.sentiment.swap('nunchi-00000001', (text) =>
      text.includes('img') ? readingAs('neutral', 0.71) : readingAs('positive', 0.44, 'low-confidence'),
    );
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    await bench.stop();
    expect(problems).toEqual([]);
  });

  it.each([
    ['ko', WIDE],
    ['en', NARROW],
  ] as const)(
    'goes from a message to before → after in %s at %o',
    async (language, viewport) => {
      const words = LANGUAGES[language];
      const narrow = viewport === NARROW;
      const page = await openPage({ locale: words.locale, viewport, hasTouch: narrow });
      expect(await page.locator('html').getAttribute('lang')).toBe(language);

      await say(page, words.text);
      const answer = page.locator('.message.nunchi');
      expect(await answer.locator('.chip').first().innerText()).toContain(words.unsure);
      expect(await answer.locator('.percent').first().innerText()).toMatch(words.unsurePattern);

      const red = page.locator('.message.person [data-emoji="🔴"]');
      await red.click();
      await page.getByText(words.learned).first().waitFor();
      expect(await red.getAttribute('aria-pressed')).toBe('true');
      expect(await bench.store.feedback.pendingCount()).toBe(1);
      await red.click();
      await page.getByText(words.takenBack).first().waitFor();
      expect(await red.getAttribute('aria-pressed')).toBe('false');
      expect(await bench.store.feedback.pendingCount()).toBe(0);

      await answer.locator('[data-emoji="👎"]').click();
      await answer.locator('.feedback.asking [data-emoji="🔴"]').click();
      await page.getByText(words.learned).first().waitFor();

      if (narrow) await page.getByRole('button', { name: words.panel }).click();
      await page.getByText(words.nextNight).waitFor();
      const scores = page.locator('.card.accuracy');
      for (const text of words.scores) await scores.getByText(text).waitFor();
      expect(await scores.locator('.right').innerText()).toBe('0%');
      await page.getByRole('button', { name: words.train }).click();
      for (let step = 1; step <= 12; step += 1) {
        await bench.training.progress({
          step,
          totalSteps: 24,
          epoch: 1,
          loss: 1 / step,
          learningRate: 1e-5,
          examplesPerSecond: 41.3,
          secondsLeft: 75,
        });
      }
      const card = page.locator('.card.learning');
      await card.getByText('12 / 24').waitFor();
      expect(await card.innerText()).toContain('0.083');
      await card.locator('.sparkline').waitFor();
      await bench.training.end({
        state: 'awaiting-confirmation',
        candidateVersion: NEXT,
        reason: 'one held out',
      });
      await card.getByText(words.decision).waitFor();

      const [asked] = (await bench.store.messages.history('local', { limit: 10 })).filter(
        (row) => row.author === 'person',
      );
      await swapOnConfirm(asked?.id ?? '');
      await page.getByRole('button', { name: words.confirm }).click();
      await page.locator('.card.changed').getByText(words.negative).waitFor();
      expect(await page.locator('.card.model .version').innerText()).toBe(NEXT);
      expect(await page.locator('.message.nunchi .reread').innerText()).toContain(words.negative);
      const width = await page.evaluate<number>('document.documentElement.scrollWidth');
      expect(width).toBeLessThanOrEqual(viewport.width);
    },
    60_000,
  );

  it('shows markup as text and runs nothing of it', async () => {
    const page = await openPage({ locale: 'en-US', viewport: WIDE });
    const text = '<img src=x onerror="window.hacked = true"><script>window.hacked = true</script>';
    await say(page, text);
    expect(await page.locator('.message.person .bubble').innerText()).toBe(text);
    expect(await page.locator('.bubble img, .bubble script').count()).toBe(0);
    expect(await page.evaluate<boolean>("'hacked' in window")).toBe(false);
  });

  it('says of a correction that waits why it is not learned yet, also after a reload, and takes one more word', async () => {
    bench.sentiment.swap('nunchi-00000001', () => readingAs('positive', 0.97));
    const page = await openPage({ locale: 'ko-KR', viewport: WIDE });
    await say(page, '아니라니까');
    await page.locator('.message.person [data-emoji="🔴"]').click();
    const outcome = page.locator('.outcome');
    await outcome.getByText('맞다고 한 번 더 알려 주시면 배워요').waitFor();
    await page.reload();
    await outcome.getByText('맞다고 한 번 더 알려 주시면 배워요').waitFor();
    await outcome.getByRole('button', { name: '맞아요' }).click();
    await outcome.getByText('다음 학습 때 배워요').waitFor();
    expect(await outcome.getByRole('button').count()).toBe(0);
    await page.reload();
    await outcome.getByText('다음 학습 때 배워요').waitFor();
  });

  it('says of a night that it trained nothing, and of a model that it has something to forget', async () => {
    const ended = new Date();
    bench.nights.unshift({
      ...{ id: 'night-1', job: 'nightly', slot: '2026-03-02', attempts: 1, leaseUntil: ended },
      ...{ state: 'not-enough-data', reason: null, corrections: 2, trainingRunId: null },
      startedAt: ended,
      endedAt: ended,
    });
    const page = await openPage({ locale: 'ko-KR', viewport: WIDE });
    const card = page.locator('.card.learning');
    await card.getByText('새 정정이 2개라서 학습하지 않았어요. 5개부터 학습해요.').waitFor();
    const train = card.getByRole('button', { name: '지금 학습' });
    expect(await train.isDisabled()).toBe(true);

    await say(page, 'to be forgotten');
    const [message] = await bench.store.messages.history('local', { limit: 1 });
    const rows = [message?.inReplyTo ?? ''];
    await bench.store.models.register({ version: NEXT, directory: 'x', parent: null, metrics: {}, rows });
    await bench.store.models.deploy(NEXT, 'p');
    await bench.store.messages.eraseText(rows[0] ?? '');
    await page.reload();
    await card.getByText('지금 모델은 지워진 메시지에서 배운 적이 있어요').waitFor();
    expect(await train.isEnabled()).toBe(true);
  });

  it('keeps the conversation and its corrections over a reload', async () => {
    const page = await openPage({ locale: 'en-US', viewport: WIDE });
    await say(page, 'to be kept');
    await page.locator('.message.person [data-emoji="🟢"]').click();
    await page.locator('.outcome').waitFor();
    await page.reload();
    await page.getByText('to be kept').waitFor();
    const green = page.locator('.message.person [data-emoji="🟢"]');
    expect(await green.getAttribute('aria-pressed')).toBe('true');
  });

  it('is used with the keyboard alone', async () => {
    const page = await openPage({ locale: 'en-US', viewport: WIDE });
    await page.keyboard.type('first line');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('second line');
    await page.keyboard.press('Enter');
    await page.locator('.message.nunchi').waitFor();
    expect(await page.locator('.message.person .bubble').innerText()).toBe('first line\nsecond line');
    const green = page.locator('.message.person [data-emoji="🟢"]');
    await green.focus();
    await page.keyboard.press('Enter');
    await page.locator('.outcome').waitFor();
    expect(await page.evaluate<string>('document.activeElement.dataset.emoji')).toBe('🟢');
  });

  it('tells what went wrong and lets a person try again', async () => {
    const page = await openPage({ locale: 'en-US', viewport: WIDE });
    bench.sentiment.failure = new Error('the model is gone');
    await page.locator('textarea').fill('read me later');
    await page.keyboard.press('Enter');
    const again = page.getByRole('button', { name: 'Try again' });
    await again.waitFor();
    bench.sentiment.failure = null;
    await again.click();
    await page.locator('.message.nunchi').waitFor();
  });
});
