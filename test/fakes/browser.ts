// A headless browser for the page's tests: Chromium from the PATH.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Path of an installed browser, or undefined. */
export function findBrowser(): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders
    .flatMap((folder) => NAMES.map((name) => path.join(folder, name)))
    .find((file) => existsSync(file));
}

export const BROWSER = findBrowser();
if (BROWSER === undefined && process.env.CI) {
  throw new Error(`No browser (${NAMES.join(', ')}) in PATH, and CI must not skip the page's tests`);
}

/** Says which file is skipped and why, for a machine without a browser. */
export function noteSkipped(file: string): void {
  if (BROWSER === undefined) {
    console.warn(`Skipped ${file}: no browser found. Install Chromium (apt-get install chromium) to run it.`);
  }
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: BROWSER,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
