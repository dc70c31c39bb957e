// Coded errors: code branches on `code`, people read `message` (what was wrong) and `hint` (what to do).

/** Every code a user or another module can meet; kebab-case, stable. */
export type ErrorCode =
  // wrong use of a command or of an API
  | 'usage'
  | 'invalid-config'
  | 'invalid-input'
  | 'not-found'
  | 'forbidden'
  // data and model files
  | 'data-unreadable'
  | 'data-format'
  | 'data-hash-mismatch'
  | 'origin-unreachable'
  | 'model-missing-file'
  | 'model-hash-mismatch'
  | 'model-shape-mismatch'
  | 'model-config-invalid'
  | 'model-weights-invalid'
  | 'model-untrusted'
  | 'model-withdrawn'
  | 'hub-unreachable'
  // the home folder, the database, other processes
  | 'home-not-writable'
  | 'home-in-use'
  | 'disk-full'
  | 'database-newer'
  | 'database-corrupt'
  | 'database-migration'
  | 'database-key'
  | 'database-timeout'
  | 'database-nested-query'
  | 'port-in-use'
  | 'bot-not-running'
  // chat platforms
  | 'delivery-refused'
  | 'platform-refused'
  | 'platform-unreachable'
  // serving
  | 'busy'
  | 'serving-failed'
  | 'serving-stopped'
  | 'model-check-failed'
  | 'process-ended'
  // training
  | 'engine-unavailable'
  | 'training-failed'
  | 'training-cancelled'
  | 'training-running'
  | 'not-enough-data'
  | 'corrections-waiting'
  | 'not-enough-memory'
  | 'internal';

export interface NunchiErrorOptions {
  /** What the reader can do about it, one sentence. */
  hint?: string;
  cause?: unknown;
}

export class NunchiError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: NunchiErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'NunchiError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** The plain form that crosses a process boundary or an HTTP answer. */
export interface SerializedError {
  code: ErrorCode;
  message: string;
  hint?: string;
}

export function serializeError(error: unknown): SerializedError {
  if (error instanceof NunchiError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  }
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}

export function deserializeError(error: SerializedError): NunchiError {
  return new NunchiError(error.code, error.message, error.hint === undefined ? {} : { hint: error.hint });
}
