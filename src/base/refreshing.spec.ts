import { describe, expect, it } from '@jest/globals';
import { Refreshing } from './refreshing.js';
import { currentRequest, enterRequest, RequestScope } from './request.js';

/** A reading that ends when it is told to, or with its scope. */
function controlled() {
  const readings: { scope: RequestScope; finish: (value: number) => void }[] = [];
  const value = new Refreshing<number>(
    () =>
      new Promise((resolve, reject) => {
        const scope = currentRequest()!;
        scope.onEnd(reject);
        readings.push({ scope, finish: resolve });
      }),
    1000,
    1000,
  );
  return { value, readings };
}

const left = new Error('left');

describe('a shared reading', () => {
  it('goes on while a request waits, and ends with the last of them', async () => {
    const { value, readings } = controlled();
    const [a, b] = [new RequestScope('a'), new RequestScope('b')];
    const waiting = [a, b].map((scope) => enterRequest(scope, () => value.get()).catch((error: unknown) => error));
    expect(readings).toHaveLength(1);
    a.end(left);
    expect(await waiting[0]).toBe(left);
    expect(readings[0]!.scope.ended).toBeNull();
    b.end(left);
    expect(await waiting[1]).toBe(left);
    expect(readings[0]!.scope.ended).not.toBeNull();
    // Whoever comes now starts anew.
    const next = enterRequest(new RequestScope('c'), () => value.get());
    readings[1]!.finish(7);
    expect(await next).toBe(7);
  });

  it('goes on when the server itself waits for it', async () => {
    const { value, readings } = controlled();
    const own = value.renew();
    const scope = new RequestScope('a');
    const waiting = enterRequest(scope, () => value.get()).catch((error: unknown) => error);
    scope.end(left);
    expect(await waiting).toBe(left);
    expect(readings).toHaveLength(1);
    readings[0]!.finish(7);
    expect(await own).toBe(7);
  });

  it('counts as time that a request waited for the database', async () => {
    const { value, readings } = controlled();
    const scope = new RequestScope('a');
    const waiting = enterRequest(scope, () => value.get());
    await new Promise((resolve) => setImmediate(resolve));
    readings[0]!.finish(7);
    await waiting;
    expect(scope.databaseMs).toBeGreaterThan(0);
  });
});
