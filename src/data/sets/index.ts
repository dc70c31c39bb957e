// Every public data set that Nunchi can fetch.
import { CHATBOT_KO } from './chatbot-ko.js';
import type { DataSet } from './data-set.js';
import { GOEMOTIONS } from './goemotions.js';
import { PRODUCT_REVIEWS, PROS_CONS, SENTENCE_POLARITY } from './nltk.js';
import { NSMC } from './nsmc.js';
import { XED_EN } from './xed.js';

export const DATA_SETS: readonly DataSet[] = [
  NSMC,
  CHATBOT_KO,
  GOEMOTIONS,
  XED_EN,
  SENTENCE_POLARITY,
  PRODUCT_REVIEWS,
  PROS_CONS,
];
