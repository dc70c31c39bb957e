// The log: one line per event on standard error. Only named, harmless fields get in, so message text and tokens cannot.
import { pino } from 'pino';
import { NunchiError } from './errors.js';

/** What a log line may carry: ids, sizes, codes, durations. A field that is not listed here is dropped. */
const FIELDS = [
  'bytes',
  'channelId',
  'code',
  'corrections',
  'count',
  'directory',
  'durationMs',
  'engine',
  'error',
  'generation',
  'host',
  'id',
  'job',
  'messageId',
  'pid',
  'platform',
  'port',
  'previousVersion',
  'reason',
  'rule',
  'runId',
  'signal',
  'state',
  'status',
  'step',
  'trigger',
  'version',
] as const;

export type LogField = (typeof FIELDS)[number];
/** `error` takes anything thrown; of an error that is not ours only the name and the place are kept. */
export type LogFields = { [field in Exclude<LogField, 'error'>]?: string | number | boolean | null } & {
  error?: unknown;
};

export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export interface LoggerConfig {
  level: string;
  /** Where lines go; standard output belongs to results. */
  stream: NodeJS.WritableStream;
  /** Single readable lines instead of JSON. */
  pretty: boolean;
}

/** Messages of foreign errors may quote data (a query's arguments, a parsed text), so they stay out. */
function errorFields(error: unknown): Record<string, unknown> {
  if (error instanceof NunchiError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.cause === undefined ? {} : { cause: errorFields(error.cause) }),
    };
  }
  if (!(error instanceof Error)) return { name: typeof error };
  const code = (error as NodeJS.ErrnoException).code;
  const place = error.stack?.split('\n').find((line) => /^\s+at /.test(line));
  return {
    name: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(place === undefined ? {} : { at: place.trim() }),
  };
}

function allowed(fields: LogFields): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const field of FIELDS) {
    const value = fields[field];
    if (value === undefined) continue;
    kept[field] = field === 'error' ? errorFields(value) : value;
  }
  return kept;
}

function prettyLine(json: string): string {
  const { level, time, msg, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const clock = new Date(Number(time)).toISOString().slice(11, 19);
  const rest = Object.entries(fields).map(
    ([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${clock} ${String(level).padEnd(5)} ${String(msg)}${rest.join('')}\n`;
}

export function createLogger(config: LoggerConfig): Logger {
  const logger = pino(
    { level: config.level, base: null, formatters: { level: (label) => ({ level: label }) } },
    {
      write: (json: string) => {
        config.stream.write(config.pretty ? prettyLine(json) : json);
      },
    },
  );
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, fields: LogFields = {}) => {
      logger[level](allowed(fields), event);
    };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** For parts that run without a log, such as tests and one-off commands. */
export const SILENT_LOGGER: Logger = createLogger({ level: 'silent', stream: process.stderr, pretty: false });
