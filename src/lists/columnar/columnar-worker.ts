import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { UnfitValue } from './columns.js';
import { ColumnarFile } from './file.js';
import type { Order, Reply } from './messages.js';
import { typeName } from './schema.js';

/** The files that are being made, by their numbers. */
const files = new Map<number, ColumnarFile>();
const port = parentPort!;

/** As nice(1) counts: of two threads that want a core, this one gets about a tenth of it. */
const NICENESS = 10;
// 0 is the calling thread on Linux, and the process elsewhere.
if (process.platform === 'linux') setPriority(0, NICENESS);

function carryOut(order: Order): Buffer | null {
  if ('head' in order) {
    files.set(order.file, new ColumnarFile(order.head));
    return null;
  }
  const file = files.get(order.file);
  if ('last' in order) {
    files.delete(order.file);
    // One that nobody wants any more has no end.
    return order.last ? (file?.end() ?? null) : null;
  }
  const { buffer, byteOffset, length } = order.rows;
  const ready = file?.add(Buffer.from(buffer, byteOffset, length), order.skipped, order.count) ?? null;
  // Given back at once: V8 would let tens of megabytes of them gather.
  (buffer as ArrayBuffer).transfer(0);
  return ready;
}

function failed(file: number, error: unknown): Reply {
  files.delete(file);
  if (error instanceof UnfitValue) {
    const { column, value } = error;
    return { file, unfit: { column: column.name, value, type: typeName(column.type) } };
  }
  return { file, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

port.on('message', (order: Order) => {
  try {
    const bytes = carryOut(order);
    if (bytes === null) return;
    // Bytes of their own can be handed over; a pool's would take the others of it along.
    const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
    port.postMessage({ file: order.file, bytes: own } satisfies Reply, [own.buffer as ArrayBuffer]);
  } catch (error) {
    port.postMessage(failed(order.file, error));
  }
});
