// Chatbot_data: Korean chat messages whose topic stands in for their mood.
import type { Label } from '../../labels.js';
import { parseCsv } from './csv.js';
import type { DataSet } from './data-set.js';
import { CLEANING, cleanText, decodeUtf8, malformed } from './text.js';

const FILE = 'ChatbotData.csv';
/** Everyday, break-up, love. */
const TOPICS: Readonly<Record<string, Label>> = { 0: 'neutral', 1: 'negative', 2: 'positive' };

export const CHATBOT_KO: DataSet = {
  name: 'chatbot_ko',
  language: 'ko',
  what: 'chat messages, topics as weak labels',
  licence: 'MIT',
  by: 'Youngsook Song (songys)',
  homepage: 'https://github.com/songys/Chatbot_data',
  originals: [
    {
      path: `songys/Chatbot_data/4cf20d13fc46f5037fd1c531cd566e2dd9f72974/${FILE}`,
      checksum: 'sha256:287eb129695b577321c80ad397bb3c2279164d4ca577874d129fd3db5b30afe2',
    },
  ],
  conversion: `Column Q; everyday is neutral, break-up negative, love positive. ${CLEANING}`,
  convert([content]) {
    const table = parseCsv(decodeUtf8(content as Uint8Array, FILE));
    if (!Array.isArray(table)) throw malformed(FILE, table.brokenLine, 'a quote is in the wrong place');
    const [header, ...body] = table;
    if (header?.fields.join() !== 'Q,A,label') throw malformed(FILE, 1, 'expected the columns Q, A, label');
    const rows = body.flatMap(({ fields: [question = '', , topic = '', ...rest], line }) => {
      const label = TOPICS[topic];
      if (label === undefined || rest.length > 0)
        throw malformed(FILE, line, 'expected a question, an answer and 0, 1 or 2');
      const text = cleanText(question);
      return text === undefined ? [] : [{ text, label }];
    });
    return { rows };
  },
};
