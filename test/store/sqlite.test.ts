// The store contract on the embedded database.
import { openHome } from '../../src/home/home.js';
import { openStore } from '../../src/store/open-store.js';
import { storeContract } from '../contracts/store.js';
import { temporaryFolders } from './temporary-home.js';

const nextFolder = temporaryFolders();

storeContract('SQLite', (now) => {
  const { databaseFile, keyFile } = openHome(nextFolder());
  return openStore({ file: databaseFile, keyFile, now });
});
