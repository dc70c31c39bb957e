// The whole of Nunchi seen through the page: a message, a correction, a real training run, the swap, before → after.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWebPlatform } from '../../bots/web/platform.js';
import { createApp, type App } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { SILENT_LOGGER } from '../../src/log.js';
import { startTrainer } from '../../src/train/client.js';
import { BROWSER, launchBrowser, noteSkipped } from '../fakes/browser.js';
import { writeLenientGate } from '../fixtures/lenient-gate.js';
import { makeTinyModel } from '../fixtures/tiny-model.js';

noteSkipped('test/app/page-end-to-end.test.ts');

const PATIENCE_MS = 120_000;

describe.skipIf(BROWSER === undefined)('the page of a real Nunchi', () => {
  let folder: string;
  let app: App;
  let address: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'nunchi-page-'));
    await makeTinyModel(path.join(folder, 'model'));
    const home = path.join(folder, 'home');
    const env = {
      NUNCHI_HOME: home,
      NUNCHI_MODEL: path.join(folder, 'model'),
      NUNCHI_GATE_SETTINGS: writeLenientGate(folder),
      PORT: '0',
    };
    app = createApp(
      loadConfig(env),
      {
        platforms: [createWebPlatform],
        jobs: [],
        // A model with random weights learns nothing at the gentle rates of a trained one.
        startTrainer: (job, onMessage) => startTrainer({ ...job, learningRate: 5e-3, epochs: 12 }, onMessage),
      },
      SILENT_LOGGER,
    );
    address = String((await app.start()).address);
  }, PATIENCE_MS);
  afterAll(async () => {
    await app.stop();
    rmSync(folder, { recursive: true, force: true });
  }, PATIENCE_MS);

  it(
    'learns a correction and reads the message anew',
    async () => {
      const browser = await launchBrowser();
      try {
        const page = await browser.newPage({ locale: 'ko-KR' });
        page.setDefaultTimeout(PATIENCE_MS);
        await page.goto(address);
        const version = page.locator('.card.model .version');
        const before = await version.innerText();
        await page.locator('textarea').fill('이 영화 정말 재미있어요');
        await page.keyboard.press('Enter');
        await page.locator('.message.nunchi .reading').waitFor();
        await page.locator('.message.person [data-emoji="🔴"]').click();
        await page.getByText('다음 학습 때 배워요').first().waitFor();
        await page.getByRole('button', { name: '지금 학습하기' }).click();
        await page.getByRole('button', { name: '새 모델 쓰기' }).click();
        await page.locator('.message.nunchi .reread').waitFor();
        await page.locator('.card.changed li').waitFor();
        expect(await version.innerText()).not.toBe(before);
      } finally {
        await browser.close();
      }
    },
    PATIENCE_MS,
  );
});
