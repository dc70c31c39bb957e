// Requests to the server; every failure is a WireError that says what to do.
import type {
  Language,
  WireCorrectionResult,
  WireDifference,
  WireError,
  WireListedModel,
  WireMessage,
  WireScore,
  WireSend,
  WireState,
} from './wire.js';

export class ApiError extends Error {
  constructor(readonly wire: WireError) {
    super(wire.message);
  }
}

export function toWireError(error: unknown): WireError {
  if (error instanceof ApiError) return error.wire;
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}

async function request<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      ...(method === 'GET'
        ? {}
        : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body ?? {}) }),
    });
  } catch {
    throw new ApiError({ code: 'offline', message: 'Nunchi cannot be reached' });
  }
  const answer = (await response.json().catch(() => null)) as unknown;
  if (response.ok) return answer as T;
  const wire = (answer as { error?: WireError } | null)?.error;
  throw new ApiError(wire ?? { code: 'internal', message: `HTTP ${response.status}` });
}

export interface History {
  messages: WireMessage[];
  more: boolean;
  oldest: string | null;
}

export const api = {
  session: () => request<{ tokenRequired: boolean; allowed: boolean }>('GET', '/api/session'),
  login: (token: string) => request<{ allowed: boolean }>('POST', '/api/login', { token }),
  state: () => request<WireState>('GET', '/api/state'),
  /** @param timeZone IANA name: where weeks begin */
  scores: (timeZone: string) =>
    request<{ scores: WireScore[] }>('GET', `/api/scores?timeZone=${encodeURIComponent(timeZone)}`),
  history: (before?: string) =>
    request<History>(
      'GET',
      `/api/messages${before === undefined ? '' : `?before=${encodeURIComponent(before)}`}`,
    ),
  send: (message: WireSend) => request<{ message: WireMessage }>('POST', '/api/messages', message),
  resume: (language: Language) => request<{ answered: number }>('POST', '/api/messages/resume', { language }),
  correct: (messageId: string, emoji: string, action: 'added' | 'removed' | 'confirmed') =>
    request<WireCorrectionResult>('POST', `/api/messages/${encodeURIComponent(messageId)}/feedback`, {
      emoji,
      action,
    }),
  clear: () => request<{ cleared: number }>('POST', '/api/messages/clear'),
  train: () => request<WireState>('POST', '/api/training/start'),
  cancel: () => request<WireState>('POST', '/api/training/cancel'),
  confirm: (runId: string) => request<WireState>('POST', '/api/training/confirm', { runId }),
  decline: (runId: string) => request<WireState>('POST', '/api/training/decline', { runId }),
  rollback: () => request<WireState>('POST', '/api/models/rollback'),
  models: () => request<{ models: WireListedModel[] }>('GET', '/api/models'),
  promote: (version: string) => request<WireState>('POST', '/api/models/promote', { version }),
  difference: (before: string, after: string) =>
    request<WireDifference>(
      'GET',
      `/api/models/difference?before=${encodeURIComponent(before)}&after=${encodeURIComponent(after)}`,
    ),
};
