// The settings of a community, shown to whoever asks and changed for moderators.
import { InvalidSetting, type CommunitySettingsService, type SettingsChange } from '../settings.js';
import type { RequestHandler } from './handler.js';
import {
  sayExpected,
  saySettings,
  SETTING_NAMES,
  SETTINGS_WORDS as WORDS,
  type SettingsPlace,
} from './settings-wording.js';

export interface SettingsRequestsConfig {
  settings: CommunitySettingsService;
  /** Confidence below which a reading is "not sure" where a community has set nothing else. */
  threshold: number;
}

export interface SettingsRequests {
  answer: RequestHandler<'settings'>;
}

export function createSettingsRequests(config: SettingsRequestsConfig): SettingsRequests {
  const { settings: service, threshold } = config;
  return {
    async answer({ platform, communityId, channelId, change }, { settings, language }) {
      const place: SettingsPlace = { channelId, threshold };
      if (change === null) {
        const lines = saySettings(SETTING_NAMES, settings, place, language);
        return { text: [WORDS.title[language], ...lines, WORDS.howTo[language]].join('\n'), private: true };
      }
      try {
        const after = await service.change(platform, communityId, change);
        const spoken = after.language === 'auto' ? language : after.language;
        const lines = saySettings(namesOf(change), after, place, spoken);
        return { text: [WORDS.changed[spoken], ...lines].join('\n'), private: true };
      } catch (error) {
        if (!(error instanceof InvalidSetting) || error.setting === null) throw error;
        return { text: sayExpected(error.setting, language), private: true };
      }
    },
  };
}

const namesOf = (change: SettingsChange) => SETTING_NAMES.filter((name) => change[name] !== undefined);
