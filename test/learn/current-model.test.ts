// The note of the model in use: follows the home folder when it moves, and is not believed once the model is gone.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noteCurrentModel, readCurrentModel } from '../../src/learn/current-model.js';

describe('the current model', () => {
  let folder: string;
  let home: string;
  const model = (name: string) => {
    const directory = path.join(home, 'models', name);
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, 'config.json'), '{}');
    return directory;
  };
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nunchi-current-'));
    home = path.join(folder, 'home');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is none before anything served, and the last one noted afterwards', () => {
    expect(readCurrentModel(home)).toBeNull();
    noteCurrentModelAt(model('a'));
    expect(readCurrentModel(home)).toBe(model('a'));
    noteCurrentModelAt(model('b'));
    expect(readCurrentModel(home)).toBe(model('b'));
  });

  it('moves with the home folder', () => {
    noteCurrentModelAt(model('a'));
    const moved = path.join(folder, 'moved');
    renameSync(home, moved);
    expect(readCurrentModel(moved)).toBe(path.join(moved, 'models', 'a'));
  });

  it('is none once the model is gone', () => {
    const directory = model('a');
    noteCurrentModelAt(directory);
    rmSync(directory, { recursive: true });
    expect(readCurrentModel(home)).toBeNull();
  });

  const noteCurrentModelAt = (directory: string) => noteCurrentModel(home, directory);
});
