// Recipes: those that come with Nunchi are whole, and a small one makes its model, goes on, and says what is wrong.
import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../bots/commands.js';
import { openModelDirectory } from '../../src/bert/model-directory.js';
import { runCli } from '../../src/cli/main.js';
import { listRecipes, loadRecipe, toRehearsal, toSteps } from '../../src/recipe/recipe.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'nunchi-recipe-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function nunchi(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await runCli(args, COMMANDS, { stdout, stderr });
  const text = (stream: PassThrough) => String((stream.read() as Buffer | null) ?? '');
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

function write(name: string, content: unknown): string {
  const file = path.join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('the recipes that come with Nunchi', () => {
  it('are listed with what they make', async () => {
    const { code, stdout } = await nunchi('recipe', '--json');
    expect(code).toBe(0);
    const { recipes } = JSON.parse(stdout) as { recipes: { name: string; about: string }[] };
    expect(recipes.map(({ name }) => name)).toEqual(await listRecipes());
    expect(recipes.map(({ name }) => name)).toContain('nsmc-tutorial');
  });

  it('use commands and options that exist, and folders that an earlier step made', async () => {
    const program = new Command();
    const streams = { stdout: new PassThrough(), stderr: new PassThrough(), isTerminal: false };
    for (const register of COMMANDS) register(program, { ...streams, config: () => ({}) as never });
    const whole = await Promise.all((await listRecipes()).map(loadRecipe));
    for (const recipe of [...whole, ...whole.map(toRehearsal)]) {
      const name = recipe.about;
      const made = new Set<string>();
      for (const { run, with: settings } of recipe.steps) {
        const command = program.commands.find((one) => one.name() === run);
        expect(command, `${name}: ${run}`).toBeDefined();
        for (const [option, value] of Object.entries(settings)) {
          const long = value === false ? `--no-${option}` : `--${option}`;
          expect(
            command?.options.map((one) => one.long),
            `${name}: ${run} ${long}`,
          ).toContain(long);
        }
        for (const option of ['base', 'model', 'models', 'tokenizer']) {
          const values = [settings[option] ?? []].flat();
          for (const value of values) {
            if (typeof value !== 'string' || value.startsWith('$')) continue;
            expect([...made], `${name}: ${run} --${option}`).toContain(value);
          }
        }
        if (typeof settings['out'] === 'string') made.add(settings['out']);
      }
    }
  });

  it('the tutorial has the tutorial’s settings', async () => {
    const recipe = await loadRecipe('nsmc-tutorial');
    expect(recipe.steps[0]?.with).toMatchObject({
      lr: 2e-5,
      batch: 32,
      epochs: 4,
      'max-length': 128,
      warmup: 0,
      'weight-decay': 0,
      clip: 1,
      seed: 42,
    });
  });
});

describe('a recipe', () => {
  it('becomes command lines: its own folders, the caller’s parameters, flags', () => {
    const recipe = {
      about: 'x',
      parameters: { base: 'a model' },
      steps: [
        {
          run: 'pretrain',
          with: {
            base: '$base',
            data: ['a.txt', 'b.txt'],
            'next-sentence': false,
            'whole-words': true,
            lr: 1e-3,
            out: 'out',
          },
        },
      ],
    };
    const [step] = toSteps(recipe, '/work', new Map([['base', '/models/klue']]));
    const soft = { run: 'soften', with: { model: 'teacher', data: ['a.txt'], out: 'soft.tsv.gz' } };
    const student = { run: 'finetune', with: { base: 'teacher', data: ['b.tsv', 'soft.tsv.gz'] } };
    const [, second] = toSteps({ ...recipe, parameters: {}, steps: [soft, student] }, '/work', new Map());
    expect(second?.args.slice(-3)).toEqual(['--data', 'b.tsv', path.join('/work', 'soft.tsv.gz')]);
    expect(step).toEqual({
      args: [
        ...['pretrain', '--base', '/models/klue', '--data', 'a.txt', 'b.txt'],
        ...['--no-next-sentence', '--whole-words', '--lr', '0.001', '--out', path.join('/work', 'out')],
      ],
      out: path.join('/work', 'out'),
    });
  });

  it('makes its model end to end; given again, makes nothing again', async () => {
    const texts = write(
      'texts.txt',
      '이 영화 정말 재미있어요. 최고예요\n너무 지루하다. 시간이 아깝다\n'.repeat(20),
    );
    const labelled = write('labelled.tsv', 'text\tlabel\n정말 재미있어요\tpositive\n지루하다\tnegative\n');
    const small = (epochs: number) => ({
      about: 'a small model',
      steps: [
        { run: 'vocab', with: { data: [texts], size: 600, out: 'tokenizer' } },
        { run: 'init', with: { tokenizer: 'tokenizer', hidden: 16, layers: 1, heads: 2, out: 'untrained' } },
        { run: 'pretrain', with: { base: 'untrained', data: [texts], engine: 'onnxruntime', out: 'base' } },
        {
          run: 'finetune',
          with: { base: 'base', data: [labelled], epochs, engine: 'onnxruntime', out: 'model' },
        },
      ],
    });
    const file = write('small.json', small(1));
    const out = path.join(folder, 'made');
    const first = await nunchi('recipe', file, '--out', out, '--json');
    expect(first.code, first.stderr).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ folder: out });
    const model = await openModelDirectory(path.join(out, 'model'));
    expect(model.manifest.parent).toBe((await openModelDirectory(path.join(out, 'base'))).version);

    const before = statSync(path.join(out, 'model', 'manifest.json')).mtimeMs;
    const second = await nunchi('recipe', file, '--out', out);
    expect(second.code).toBe(0);
    expect(second.stderr).toContain(`step 4 of 4: finetune: ${path.join(out, 'model')} is there`);
    expect(statSync(path.join(out, 'model', 'manifest.json')).mtimeMs).toBe(before);

    // With another setting the model that is there is not the one that is asked for; wherever the folder is now.
    const moved = path.join(folder, 'moved');
    renameSync(out, moved);
    expect(await nunchi('recipe', file, '--out', moved)).toMatchObject({ code: 0 });
    const changed = await nunchi('recipe', write('changed.json', small(2)), '--out', moved);
    expect(changed).toMatchObject({ code: 2, stdout: '' });
    expect(changed.stderr).toMatch(
      /model was made with other settings: nunchi finetune --base base .* --epochs 1 /,
    );
  });

  it('is rehearsed in small, with its own settings otherwise', async () => {
    const labelled = write(
      'many.tsv',
      `text\tlabel\n${Array.from({ length: 700 }, (_, i) => `영화 ${i} 재미있다\t${i % 2 === 0 ? 'positive' : 'negative'}`).join('\n')}\n`,
    );
    const file = write('large.json', {
      about: 'a model that nobody has time for',
      steps: [
        { run: 'vocab', with: { data: [labelled], size: 900_000, out: 'tokenizer' } },
        {
          run: 'init',
          with: { tokenizer: 'tokenizer', hidden: 4096, layers: 48, heads: 64, out: 'untrained' },
        },
        {
          run: 'finetune',
          with: {
            base: 'untrained',
            data: [labelled],
            epochs: 1,
            batch: 50,
            engine: 'onnxruntime',
            out: 'model',
          },
        },
      ],
    });
    const out = path.join(folder, 'rehearsed');
    const rehearsed = await nunchi('recipe', file, '--rehearse', '--out', out);
    expect(rehearsed.code, rehearsed.stderr).toBe(0);
    expect(rehearsed.stdout).toContain(`rehearsed in ${out}`);
    expect(rehearsed.stdout).toContain('after 12 steps');
    const { config } = await openModelDirectory(path.join(out, 'model'));
    expect(config).toMatchObject({ hiddenSize: 64, layers: 2 });
    // What is there is no model of the recipe itself.
    const made = await nunchi('recipe', file, '--out', out);
    expect(made).toMatchObject({ code: 2 });
    expect(made.stderr).toContain('was made with other settings');
  });

  it('stops at a step that fails and says which', async () => {
    const file = write('failing.json', {
      about: 'x',
      steps: [{ run: 'vocab', with: { data: ['/nonexistent.txt'], out: 'tokenizer' } }],
    });
    const failed = await nunchi('recipe', file, '--out', path.join(folder, 'failed'));
    expect(failed).toMatchObject({ code: 1 });
    expect(failed.stderr).toContain('/nonexistent.txt does not exist');
    expect(failed.stderr).toContain('error: step 1 of 1: vocab failed');
  });

  it.each([
    ['one that is not there', ['nothing'], 1, 'there is no recipe "nothing"'],
    ['a parameter that is missing', ['nsmc-tutorial'], 2, 'the recipe needs base'],
    ['a parameter too many', ['default', '--set', 'x=1'], 2, 'the recipe has no parameter x'],
    ['a setting that is none', ['default', '--set', 'x'], 2, 'Expected NAME=VALUE.'],
  ])('is refused: %s', async (_name, args, code, message) => {
    const refused = await nunchi('recipe', ...args);
    expect(refused).toMatchObject({ code, stdout: '' });
    expect(refused.stderr).toContain(message);
  });

  it.each([
    ['no JSON', '{', 'it is not JSON'],
    ['an unknown key', { about: 'x', steps: [{ run: 'init', with: {} }], more: 1 }, 'more'],
    ['no steps', { about: 'x', steps: [] }, '"steps"'],
  ])('is refused: %s', async (_name, content, message) => {
    const refused = await nunchi('recipe', write('bad.json', content));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(message);
  });

  it('shows its commands without running them', async () => {
    const shown = await nunchi('recipe', 'nsmc-tutorial', '--set', 'base=my-bert', '--show');
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('nunchi finetune --base ');
    expect(shown.stdout).toContain('--lr 0.00002 ');
  });
});
