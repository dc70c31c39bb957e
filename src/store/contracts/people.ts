// People and communities: what they have set, and what is kept about them.
import type { Label } from '../../labels.js';
import type { FeedbackEvent } from './labels.js';
import type { StoredMessage } from './messages.js';

/** What is kept about a person, for that person to see. */
export interface PersonalData {
  leftOut: boolean;
  /** With their texts where these are still there. Oldest first. */
  messages: (Pick<StoredMessage, 'communityId' | 'channelId' | 'externalId' | 'text' | 'createdAt'> & {
    readings: { label: Label; confidence: number; modelVersion: string; createdAt: Date }[];
  })[];
  /** The emoji and corrections they gave. Oldest first. */
  feedback: (Pick<FeedbackEvent, 'emoji' | 'label' | 'action'> & { externalId: string; createdAt: Date })[];
}

/** Communities are named by the platform's own ids; contents are JSON. */
export interface SettingsStore {
  /** null where nothing was set. */
  get(platform: string, communityId: string): Promise<unknown>;
  set(platform: string, communityId: string, content: unknown): Promise<void>;
  /** The communities of a platform that have set something. */
  list(platform: string): Promise<string[]>;
}

/** People are named by the platform's own ids. */
export interface PeopleStore {
  isLeftOut(platform: string, personId: string): Promise<boolean>;
  /** Who leaves has what they wrote before trained on no more, either, and for good: coming back holds for what comes. */
  leaveOut(platform: string, personId: string, leftOut: boolean): Promise<void>;
  /** By which events name the person. */
  pseudonymOf(platform: string, personId: string): string;
  dataOf(platform: string, personId: string): Promise<PersonalData>;
  /**
   * Erases the texts of a person and of the answers to them, and cuts every tie to them, the wish to be left out excepted;
   * gives how many texts of theirs were erased.
   */
  erase(platform: string, personId: string): Promise<number>;
}
