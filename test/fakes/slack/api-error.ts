// A refusal by the Web API: `{ ok: false, error }`, with what else the method answers.

export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(code);
  }
}
