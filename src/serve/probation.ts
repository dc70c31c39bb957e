// The first minutes of a model in use: its errors and its latency are held against limits and against the model before.
// Says once that it does badly; what becomes of it is decided elsewhere.
import type { Answered } from './service.js';

export interface ProbationLimits {
  /** How long a model is watched after it came into use, in milliseconds; 0 watches none. */
  windowMs: number;
  /** Nothing is said before so many of its requests. */
  minRequests: number;
  /** Part of its requests that may fail, 0 to 1. */
  maxErrorRate: number;
  /** 99th percentile in milliseconds that it may exceed only where the model before was about as slow: */
  p99Ms: number;
  /** by no more than so many times. A machine that is busy for a while is slow with any model. */
  p99Times: number;
}

/** Requests of the model before by which the new one is measured: the last ones. */
const REMEMBERED = 1000;
/** With fewer the model before says nothing about what is usual. */
const ENOUGH = 50;

export interface ProbationConfig {
  limits: ProbationLimits;
  /** Called at most once per `watch`. @param reason for the deployment log */
  onFailure: (version: string, reason: string) => void;
  /** Monotonic, in milliseconds. */
  now?: () => number;
}

export interface Probation {
  /** Every request, of whichever model. */
  observe(answered: Answered): void;
  /** Watches `version`, which has just come into use, in place of whatever is watched. */
  watch(version: string): void;
  /** Watches nothing from now on. */
  stop(): void;
}

/** Judged again after so many answers, and after every failure. */
const JUDGED_EVERY = 20;
/** A request of many texts takes its time with every model. */
const FEW_TEXTS = 4;

/** Of the machine or of whoever asks, not of a model. */
const NOT_ITS_FAULT: ReadonlySet<string> = new Set(['busy', 'invalid-input', 'serving-stopped']);

interface Watched {
  version: string;
  until: number;
  requests: number;
  failed: number;
  /** The last ones. */
  durations: number[];
  /** 99th percentile of the model before, or null where too little is known of it. */
  before: number | null;
}

export function createProbation(config: ProbationConfig): Probation {
  const { limits, onFailure, now = () => performance.now() } = config;
  let usual: { version: string; durations: number[] } = { version: '', durations: [] };
  let watched: Watched | null = null;

  return {
    observe({ version, texts, durationMs, error }) {
      if (error !== null ? NOT_ITS_FAULT.has(error) : texts > FEW_TEXTS) return;
      if (watched === null) {
        if (usual.version !== version) usual = { version, durations: [] };
        if (error === null) keepLast(usual.durations, durationMs);
        return;
      }
      // What was asked before the swap is still answered by the model before.
      if (version !== watched.version) return;
      watched.requests += 1;
      if (error === null) keepLast(watched.durations, durationMs);
      else watched.failed += 1;
      const due = error !== null || watched.requests % JUDGED_EVERY === 0;
      const reason = due ? problem(watched, limits) : null;
      if (reason !== null) {
        watched = null;
        onFailure(version, reason);
      } else if (now() >= watched.until) {
        usual = { version, durations: watched.durations };
        watched = null;
      }
    },
    watch(version) {
      if (limits.windowMs === 0) return;
      const before = usual.durations.length < ENOUGH ? null : percentile99(usual.durations);
      watched = { version, until: now() + limits.windowMs, requests: 0, failed: 0, durations: [], before };
    },
    stop() {
      watched = null;
    },
  };
}

function problem(watched: Watched, limits: ProbationLimits): string | null {
  const { requests, failed, durations, before } = watched;
  if (requests < limits.minRequests) return null;
  if (failed / requests > limits.maxErrorRate) return `${failed} of its first ${requests} requests failed`;
  const p99 = percentile99(durations);
  if (p99 <= limits.p99Ms) return null;
  const shown = `1 of 100 answers took more than ${p99.toFixed(0)} ms`;
  if (before === null) return `${shown}, and ${limits.p99Ms} ms are the limit`;
  return p99 > before * limits.p99Times
    ? `${shown}, and ${before.toFixed(0)} ms with the model before`
    : null;
}

function keepLast(durations: number[], durationMs: number): void {
  durations.push(durationMs);
  if (durations.length > 2 * REMEMBERED) durations.splice(0, REMEMBERED);
}

/** 0 of none. */
function percentile99(durations: readonly number[]): number {
  const sorted = [...durations].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0;
}
