import { expect } from '@jest/globals';
import type { TestApp } from './app.js';

export const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/** What the server sent back to a message. */
export interface Sent {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
  readonly body: { result?: Record<string, unknown>; error?: { code: number }; [name: string]: unknown };
}

/** A request of the protocol. */
export const rpc = (method: string, params: object = {}): object => ({ jsonrpc: '2.0', id: 1, method, params });

/** Sends a message; a text goes as it is. */
export async function send({ app }: TestApp, message: unknown, headers: Record<string, string> = {}): Promise<Sent> {
  const answer = await app.inject({
    method: 'POST',
    url: '/mcp',
    headers: { ...HEADERS, host: 'localhost:3000', ...headers },
    payload: typeof message === 'string' ? message : JSON.stringify(message),
  });
  const text = answer.payload;
  const json = String(answer.headers['content-type']).includes('json');
  return {
    status: answer.statusCode,
    headers: answer.headers,
    text,
    body: json ? (JSON.parse(text) as Sent['body']) : {},
  };
}

/** What a tool says, and how many bytes that has. */
export async function ask(
  app: TestApp,
  name: string,
  args: object = {},
): Promise<{ said: Record<string, unknown>; bytes: number; isError: boolean }> {
  const { body } = await send(app, rpc('tools/call', { name, arguments: args }));
  const { content, isError = false } = body.result as { content: { text: string }[]; isError?: boolean };
  expect(content).toEqual([{ type: 'text', text: expect.any(String) }]);
  const { text } = content[0]!;
  return { said: JSON.parse(text) as Record<string, unknown>, bytes: Buffer.byteLength(text), isError };
}
