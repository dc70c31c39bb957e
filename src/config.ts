// The only reader of the environment: every setting, validated, with its default.
import path from 'node:path';
import { z } from 'zod';
import { NunchiError } from './errors.js';

const Environment = z.object({
  NUNCHI_HOME: z.string().min(1).default('.nunchi'),
  NUNCHI_DATA: z.string().min(1).optional(),
  NUNCHI_MODEL: z.string().min(1).optional(),
  NUNCHI_TOKEN: z.string().min(16, 'expected at least 16 characters').optional(),
  NUNCHI_THRESHOLD: z.coerce.number().min(0).max(1).default(0.6),
  NUNCHI_ENGINE: z.enum(['auto', 'onnxruntime', 'tfjs']).default('auto'),
  NUNCHI_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65535).default(3000),
});

export interface Config {
  /** Absolute path of the folder of everything that is written. */
  home: string;
  /** Absolute path of a local copy of the public data sets, if any. */
  data: string | undefined;
  /** Absolute path of a model directory used instead of the shipped one, if any. */
  model: string | undefined;
  /** Access token asked of browsers when bound beyond loopback. */
  token: string | undefined;
  /** A reading with less confidence than this is "not sure". */
  threshold: number;
  engine: 'auto' | 'onnxruntime' | 'tfjs';
  logLevel: string;
  host: string;
  /** 0 takes any free port. */
  port: number;
}

/**
 * @throws NunchiError `invalid-config` naming the variable, what was expected and what it got.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = Environment.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = String(issue?.path[0]);
    throw new NunchiError(
      'invalid-config',
      `${name}: ${issue?.message ?? 'invalid'} (got "${String(given[name])}")`,
      {
        hint: `Correct ${name} in the environment or in .env; .env.example explains every setting.`,
      },
    );
  }
  const value = parsed.data;
  const absolute = (p: string | undefined) => (p === undefined ? undefined : path.resolve(p));
  return {
    home: path.resolve(value.NUNCHI_HOME),
    data: absolute(value.NUNCHI_DATA),
    model: absolute(value.NUNCHI_MODEL),
    token: value.NUNCHI_TOKEN,
    threshold: value.NUNCHI_THRESHOLD,
    engine: value.NUNCHI_ENGINE,
    logLevel: value.NUNCHI_LOG_LEVEL,
    host: value.HOST,
    port: value.PORT,
  };
}
