// Notes outlast the process, the newest one stands, and a broken file keeps nothing from starting.
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openHome } from '../../src/home/home.js';
import { createNotes } from '../../src/home/notes.js';
import { SILENT_LOGGER } from '../../src/log.js';
import { temporaryFolders } from '../store/temporary-home.js';

const nextFolder = temporaryFolders();

describe('notes', () => {
  it('are there for the next process, each as it was written last', async () => {
    const file = openHome(nextFolder()).discordFile;
    const notes = createNotes(file, SILENT_LOGGER);
    expect(await notes.read('starts')).toBeUndefined();
    await Promise.all([notes.write('starts', [1]), notes.write('rooms', {}), notes.write('starts', [1, 2])]);
    const later = createNotes(file, SILENT_LOGGER);
    expect(await later.read('starts')).toEqual([1, 2]);
    expect(await later.read('rooms')).toEqual({});
  });

  it.each(['{"starts": [1', 'null', '[]'])('are begun anew where the file says %s', async (content) => {
    const file = openHome(nextFolder()).discordFile;
    writeFileSync(file, content);
    const notes = createNotes(file, SILENT_LOGGER);
    expect(await notes.read('starts')).toBeUndefined();
    await notes.write('starts', 1);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ starts: 1 });
  });
});
