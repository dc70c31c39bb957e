// The only reader of the environment (and of .env): every setting, validated, with its default.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { NunchiError } from './errors.js';
import { homePaths } from './home/home.js';
import { GATE_DEFAULTS, parseGateSettings, type GateConfig } from './learn/gate/settings.js';
import { parseRunSettings, RUN_DEFAULTS, type RunSettings } from './learn/run-settings.js';
import { parseCron } from './learn/night-schedule.js';
import type { ProbationLimits } from './serve/probation.js';
import { isTimeZone } from './time-buckets.js';
import { ENGINE_REQUESTS, type EngineRequest } from './train/engine-names.js';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** A whole number in decimal digits; `Number('')` and `Number('1e3')` are not what a person means in a setting. */
const decimal = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, `expected a number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `expected a number from ${min} to ${max}`);

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `expected a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `expected a whole number from ${min} to ${max}`);

const fraction = z
  .string()
  .regex(/^(\d+(\.\d*)?|\.\d+)$/, 'expected a number from 0 to 1')
  .transform(Number)
  .refine((value) => value <= 1, 'expected a number from 0 to 1');

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `expected one of ${values.join(', ')}` });

const address = z.url({ protocol: /^https?$/, error: 'expected an http or https address' });
/** A container may have none that is known. */
const systemTimeZone = () => {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return isTimeZone(timeZone) ? timeZone : 'UTC';
};
const withoutSlash = (url: string) => url.replace(/\/+$/, '');
/** As people copy them: with spaces or quotes around, which some ways to set a variable keep. */
const bare = (value: string) =>
  value
    .trim()
    .replace(/^(["'])(.*)\1$/su, '$2')
    .trim();

const Environment = z.object({
  NUNCHI_HOME: z.string().default('.nunchi'),
  NUNCHI_DATA: z.string().optional(),
  NUNCHI_DATA_ORIGIN: address.default('https://raw.githubusercontent.com'),
  NUNCHI_REPLAY_FETCH: oneOf(['on', 'off']).default('on'),
  NUNCHI_MODEL: z.string().optional(),
  NUNCHI_TOKEN: z.string().min(16, 'expected at least 16 characters').optional(),
  NUNCHI_THRESHOLD: fraction.default(0.6),
  NUNCHI_ENGINE: oneOf(ENGINE_REQUESTS).default('auto'),
  NUNCHI_TRAINING_THREADS: wholeNumber(0, 256).default(0),
  NUNCHI_TRAINING_MINUTES: wholeNumber(1, 10_000).default(240),
  NUNCHI_TRAINING_MEMORY_MB: wholeNumber(0, 10_000_000).default(0),
  NUNCHI_TRAINING_SETTINGS: z.string().optional(),
  NUNCHI_COMMUNITY_HEADS: oneOf(['on', 'off']).default('off'),
  NUNCHI_PROMOTION: oneOf(['auto', 'ask']).optional(),
  NUNCHI_GATE_MIN_CORRECTIONS: wholeNumber(1, 1_000_000).optional(),
  NUNCHI_GATE_SETTINGS: z.string().optional(),
  NUNCHI_TIMEZONE: z
    .string()
    .refine(isTimeZone, 'expected the IANA name of a time zone, such as Asia/Seoul')
    .default(systemTimeZone),
  NIGHTLY_CRON: z
    .string()
    .transform((value) => value.trim())
    .refine((value) => value === 'off' || parseCron(value) !== null, {
      error: 'expected off or five cron fields in numbers, such as 23 4 * * *',
    })
    .default('23 4 * * *'),
  NIGHTLY_MIN_CORRECTIONS: wholeNumber(1, 1_000_000).default(5),
  NUNCHI_MODELS_KEPT: wholeNumber(1, 10_000).default(10),
  NUNCHI_WATCH_MINUTES: wholeNumber(0, 1440).default(10),
  NUNCHI_WATCH_REQUESTS: wholeNumber(1, 1_000_000).default(50),
  NUNCHI_WATCH_ERRORS: fraction.default(0.02),
  NUNCHI_WATCH_LATENCY_MS: wholeNumber(1, 60_000).default(500),
  NUNCHI_WATCH_LATENCY_TIMES: decimal(1, 1000).default(2),
  NUNCHI_PERSON_NIGHTLY: wholeNumber(1, 1_000_000).default(200),
  NUNCHI_PERSON_SHARE: fraction.default(0.5),
  NUNCHI_CERTAIN: fraction.default(0.9),
  NUNCHI_RETENTION_DAYS: wholeNumber(1, 3650).default(30),
  NUNCHI_CORRECTABLE_HOURS: wholeNumber(1, 720).default(48),
  NUNCHI_LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
  NUNCHI_OPERATORS: z
    .string()
    .transform((value) => value.split(/[\s,]+/).filter(Boolean))
    .refine((names) => names.every((name) => /^(discord|slack):\S+$/.test(name)), {
      error: 'expected communities such as discord:1234,slack:T1234',
    })
    .default([]),
  HF_ENDPOINT: address.default('https://huggingface.co'),
  HF_TOKEN: z.string().startsWith('hf_', 'expected a token that starts with hf_').optional(),
  DISCORD_TOKEN: z.string().optional(),
  DISCORD_API_URL: address.default('https://discord.com/api'),
  DISCORD_TRAINING: oneOf(['off', 'authored', 'messages']).default('off'),
  DISCORD_MESSAGE_CONTENT: oneOf(['on', 'off']).default('on'),
  DISCORD_SHARDS: z
    .string()
    .regex(/^(auto|[1-9]\d{0,3})$/, 'expected auto or a whole number from 1')
    .transform((value) => (value === 'auto' ? value : Number(value)))
    .default(1),
  SLACK_BOT_TOKEN: z.string().optional(),
  SLACK_APP_TOKEN: z.string().optional(),
  SLACK_SIGNING_SECRET: z.string().optional(),
  SLACK_PORT: wholeNumber(0, 65535).default(3001),
  SLACK_API_URL: address.default('https://slack.com/api'),
  SLACK_TRAINING: oneOf(['off', 'messages']).default('messages'),
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65535).default(3000),
});

/** Never printed, not even where they are wrong. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'NUNCHI_TOKEN',
  'HF_TOKEN',
  'DISCORD_TOKEN',
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_SIGNING_SECRET',
]);

/** Every variable that Nunchi reads. */
export const SETTING_NAMES: readonly string[] = Object.keys(Environment.shape);

export interface Config {
  /** Absolute path of the folder of everything that is written. */
  home: string;
  /** Absolute path of the folder of the public data sets: a local copy, or where they are fetched to. */
  data: string;
  /** Address below which the originals of the data sets are, or of a mirror, without a slash at its end. */
  dataOrigin: string;
  /** Whether a night fetches the public data sets that it replays from, where they are missing. */
  replayFetch: boolean;
  /** Absolute path of a model directory used instead of the shipped one, if any. */
  model: string | undefined;
  /** Access token asked of browsers when bound beyond loopback. */
  token: string | undefined;
  /** A reading with less confidence than this is "not sure". */
  threshold: number;
  /** Which engine trains. */
  engine: EngineRequest;
  /** Threads of a training run; 0 leaves the choice to Nunchi. */
  trainingThreads: number;
  /** Whether communities with corrections enough get a head of their own. */
  communityHeads: boolean;
  /** Minutes from a run's start to its verdict, and resident memory of its process; what is free bounds that where it is left out. */
  trainingLimits: { minutes: number; memoryMb?: number };
  /** How a night trains. */
  trainingSettings: RunSettings;
  /** What a new model is held to before it comes into use. */
  gate: GateConfig;
  /** Whose dates and clock the nights go by; IANA name. */
  timeZone: string;
  /** When nights are due, as `parseCron` takes it; null where none are. */
  nightlyCron: string | null;
  /** With fewer new corrections than this a night trains nothing. */
  nightlyMinCorrections: number;
  /** How many trained models keep their files, beside those in use. */
  modelsKept: number;
  /** When a new model is rolled back by itself. */
  watch: ProbationLimits;
  /** Of one person's corrections at most so many new ones are trained a night. */
  perPersonNight: number;
  /** And at most this part of all that are trained, 0 to 1. */
  personShare: number;
  /** A reading with this confidence is strong evidence against a correction, 0 to 1. */
  certainReading: number;
  /** Days after which the texts of the web chat are erased. */
  retentionDays: number;
  /** Hours after which the texts of other platforms are erased: as long their readings can be corrected. */
  correctableHours: number;
  /** Communities, as `platform:communityId`, whose moderators may train and change the model that all share. */
  operators: readonly string[];
  logLevel: (typeof LOG_LEVELS)[number];
  /** Address of the Hugging Face hub, or of a mirror, without a slash at its end. */
  hubUrl: string;
  /** Token of an account there, for private models. */
  hubToken: string | undefined;
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** null where Nunchi is in no Discord. */
  discord: DiscordConfig | null;
  /** null where Nunchi is in no Slack. */
  slack: SlackConfig | null;
}

/**
 * What may be trained on: nothing, only what moderators type into the correction dialog, or the messages of people too
 * (for which the operator states that permission exists).
 */
export type TrainingPermission = 'off' | 'authored' | 'messages';

export interface DiscordConfig {
  token: string;
  /** Without a slash at its end and without a version; the gateway's address comes from its answer. */
  apiUrl: string;
  training: TrainingPermission;
  /** Whether the privileged intent is asked for: without it only messages that speak to Nunchi have a text. */
  messageContent: boolean;
  shards: number | 'auto';
}

export interface SlackConfig {
  botToken: string;
  /** Opens Socket Mode. */
  appToken: string | undefined;
  /** Of requests to `port`; used where there is no app token. */
  signingSecret: string | undefined;
  port: number;
  /** Without a slash at its end. */
  apiUrl: string;
  training: TrainingPermission;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The variables of `.env` in `directory`, with `env` over them: what is set for real wins.
 * @throws NunchiError `invalid-config` where there is a `.env` that cannot be read.
 */
export function readEnvironment(directory = process.cwd(), env: Variables = process.env): Variables {
  const file = path.join(directory, '.env');
  try {
    return { ...parseEnv(readFileSync(file, 'utf8')), ...env };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return env;
    throw new NunchiError('invalid-config', `${file} cannot be read`, {
      hint: 'It must be a text file of NAME=value lines; see .env.example.',
      cause: error,
    });
  }
}

/** What an operator's file of settings says. */
function readSettings<T>(
  name: string,
  { named, parse, about }: { named: string; parse: (content: string, file: string) => T; about: string },
): T {
  const file = path.resolve(named);
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new NunchiError('invalid-config', `${name}: ${file} cannot be read`, {
      hint: `Name a JSON file with settings of ${about}, or leave the variable out.`,
      cause: error,
    });
  }
  return parse(content, file);
}

function trainingSettingsOf({ NUNCHI_TRAINING_SETTINGS: named }: z.infer<typeof Environment>): RunSettings {
  if (named === undefined) return RUN_DEFAULTS;
  const about = 'the training (docs/learning.md)';
  return readSettings('NUNCHI_TRAINING_SETTINGS', { named, parse: parseRunSettings, about });
}

/** The file of an operator, and the variables over it. */
function gateOf(value: z.infer<typeof Environment>): GateConfig {
  const { NUNCHI_GATE_SETTINGS: named, NUNCHI_PROMOTION, NUNCHI_GATE_MIN_CORRECTIONS } = value;
  const about = 'the gate (docs/gate.md)';
  const gate =
    named === undefined
      ? GATE_DEFAULTS
      : readSettings('NUNCHI_GATE_SETTINGS', { named, parse: parseGateSettings, about });
  return {
    ...gate,
    promotion: NUNCHI_PROMOTION ?? gate.promotion,
    minHeldOutCorrections: NUNCHI_GATE_MIN_CORRECTIONS ?? gate.minHeldOutCorrections,
  };
}

/**
 * @throws NunchiError `invalid-config` naming the variable, what was expected and, unless it is a secret, what it got.
 */
export function loadConfig(env: Variables = readEnvironment()): Config {
  const given = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => {
      const content = bare(value ?? '');
      return content === '' ? [] : [[name, content]];
    }),
  );
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = String(issue?.path[0]);
    const got = SECRET_NAMES.has(name) ? '' : ` (got "${String(given[name])}")`;
    throw new NunchiError('invalid-config', `${name}: ${issue?.message ?? 'invalid'}${got}`, {
      hint: `Correct ${name} in the environment or in .env; .env.example explains every setting.`,
    });
  }
  const value = parsed.data;
  const absolute = (p: string | undefined) => (p === undefined ? undefined : path.resolve(p));
  const home = path.resolve(value.NUNCHI_HOME);
  return {
    home,
    data: absolute(value.NUNCHI_DATA) ?? homePaths(home).dataDirectory,
    dataOrigin: withoutSlash(value.NUNCHI_DATA_ORIGIN),
    replayFetch: value.NUNCHI_REPLAY_FETCH === 'on',
    model: absolute(value.NUNCHI_MODEL),
    token: value.NUNCHI_TOKEN,
    threshold: value.NUNCHI_THRESHOLD,
    engine: value.NUNCHI_ENGINE,
    trainingThreads: value.NUNCHI_TRAINING_THREADS,
    trainingLimits: {
      minutes: value.NUNCHI_TRAINING_MINUTES,
      ...(value.NUNCHI_TRAINING_MEMORY_MB === 0 ? {} : { memoryMb: value.NUNCHI_TRAINING_MEMORY_MB }),
    },
    communityHeads: value.NUNCHI_COMMUNITY_HEADS === 'on',
    trainingSettings: trainingSettingsOf(value),
    gate: gateOf(value),
    timeZone: value.NUNCHI_TIMEZONE,
    nightlyCron: value.NIGHTLY_CRON === 'off' ? null : value.NIGHTLY_CRON,
    nightlyMinCorrections: value.NIGHTLY_MIN_CORRECTIONS,
    modelsKept: value.NUNCHI_MODELS_KEPT,
    watch: {
      windowMs: value.NUNCHI_WATCH_MINUTES * 60_000,
      minRequests: value.NUNCHI_WATCH_REQUESTS,
      maxErrorRate: value.NUNCHI_WATCH_ERRORS,
      p99Ms: value.NUNCHI_WATCH_LATENCY_MS,
      p99Times: value.NUNCHI_WATCH_LATENCY_TIMES,
    },
    perPersonNight: value.NUNCHI_PERSON_NIGHTLY,
    personShare: value.NUNCHI_PERSON_SHARE,
    certainReading: value.NUNCHI_CERTAIN,
    retentionDays: value.NUNCHI_RETENTION_DAYS,
    correctableHours: value.NUNCHI_CORRECTABLE_HOURS,
    operators: value.NUNCHI_OPERATORS,
    logLevel: value.NUNCHI_LOG_LEVEL,
    hubUrl: withoutSlash(value.HF_ENDPOINT),
    hubToken: value.HF_TOKEN,
    host: value.HOST,
    port: value.PORT,
    discord:
      value.DISCORD_TOKEN === undefined
        ? null
        : {
            // As it stands in the header of a request, where people may have seen it.
            token: value.DISCORD_TOKEN.replace(/^Bot\s+/i, ''),
            apiUrl: withoutSlash(value.DISCORD_API_URL).replace(/\/v\d+$/, ''),
            training: value.DISCORD_TRAINING,
            messageContent: value.DISCORD_MESSAGE_CONTENT === 'on',
            shards: value.DISCORD_SHARDS,
          },
    slack:
      value.SLACK_BOT_TOKEN === undefined
        ? null
        : {
            botToken: value.SLACK_BOT_TOKEN,
            appToken: value.SLACK_APP_TOKEN,
            signingSecret: value.SLACK_SIGNING_SECRET,
            port: value.SLACK_PORT,
            apiUrl: withoutSlash(value.SLACK_API_URL),
            training: value.SLACK_TRAINING,
          },
  };
}

/** One sentence for every variable of Nunchi's that means nothing, with the name that was probably meant, or misses another. */
export function configWarnings(env: Variables = readEnvironment()): string[] {
  const unknown = Object.keys(env).flatMap((name) => {
    if (!/^(NUNCHI|NIGHTLY|DISCORD|SLACK)_/.test(name) || SETTING_NAMES.includes(name)) return [];
    const [nearest] = SETTING_NAMES.map((known) => ({ known, distance: editDistance(name, known) })).sort(
      (a, b) => a.distance - b.distance,
    );
    const meant = nearest !== undefined && nearest.distance <= 4 ? `; did you mean ${nearest.known}?` : '';
    // Other programs have variables of Discord and Slack too.
    return meant === '' && !name.startsWith('NUNCHI_') ? [] : [`${name} is not a setting of Nunchi${meant}`];
  });
  const slackWithoutBot =
    !env.SLACK_BOT_TOKEN?.trim() && (env.SLACK_APP_TOKEN?.trim() || env.SLACK_SIGNING_SECRET?.trim());
  return slackWithoutBot
    ? [...unknown, 'Slack needs SLACK_BOT_TOKEN (xoxb-...) too; without it Nunchi is not in Slack']
    : unknown;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
