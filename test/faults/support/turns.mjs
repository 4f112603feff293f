/**
 * Measures the turns of the event loop of the process that it is preloaded into (`--import`), and tells them to whoever
 * asks over the IPC channel. A timer fires in each turn that lasts a millisecond or more, so what is between two of its
 * firings is one turn and what little came before it. The processor's time is what the turn itself took; the clock's
 * has in it what the machine gave to others.
 */
import { readFileSync, writeFileSync } from 'node:fs';

/** Processor time of this thread, in milliseconds. */
const used = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

let longest = { ms: 0, cpu: 0 };
let last = { at: performance.now(), cpu: used() };
setInterval(() => {
  const now = { at: performance.now(), cpu: used() };
  longest = { ms: Math.max(longest.ms, now.at - last.at), cpu: Math.max(longest.cpu, now.cpu - last.cpu) };
  last = now;
}, 1).unref();

/** The most memory that it has had since the last look, in bytes; null where the system does not tell. */
function peak() {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
    writeFileSync('/proc/self/clear_refs', '5');
    return Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}

// Who asks gets what was seen since they last did.
process.on('message', (message) => {
  if (message !== 'turns') return;
  process.send({ ...longest, peak: peak(), heap: process.memoryUsage().heapUsed });
  longest = { ms: 0, cpu: 0 };
});
process.channel?.unref();
