import type { ProblemCode } from './operations.ts';

interface Body {
  readonly code?: ProblemCode;
  readonly detail?: string;
  readonly param?: string;
  readonly hint?: string;
  readonly allowed?: readonly string[];
  readonly request_id?: string;
}

/** What the API refused (RFC 9457), and what to do about it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  /** Undefined where something else answered, such as a proxy. */
  readonly code: ProblemCode | undefined;
  /** The parameter at fault. */
  readonly param: string | undefined;
  readonly hint: string | undefined;
  /** Accepted names or values. */
  readonly allowed: readonly string[];
  readonly requestId: string | undefined;

  constructor(status: number, body: Body) {
    super([body.detail ?? `HTTP ${status}`, body.hint].filter(Boolean).join(' '));
    this.status = status;
    this.code = body.code;
    this.param = body.param;
    this.hint = body.hint;
    this.allowed = body.allowed ?? [];
    this.requestId = body.request_id;
  }

  static async of(response: Response): Promise<Problem> {
    const text = await response.text();
    try {
      return new Problem(response.status, JSON.parse(text) as Body);
    } catch {
      return new Problem(response.status, { detail: `HTTP ${response.status}: ${text.slice(0, 200)}` });
    }
  }
}
