// A crowd that comes whether or not it is served: so many requests a second, each on whichever of its connections is
// free. A process of its own, so that its work is not the test's. Prints one JSON object: how long each answer took, by
// what came; those of the onset, in seconds, are left out.
import { connect } from 'node:net';

const [port, path, rate, seconds, connections, onset = 0] = process.argv
  .slice(2)
  .map((text) => (/^\d+$/.test(text) ? Number(text) : text));
// Each asks for something else: equal statements in flight share a run.
const request = () =>
  `GET ${path.replace('*', 1 + (sent % 500))} HTTP/1.1\r\nHost: x\r\nApollo-Require-Preflight: 1\r\n\r\n`;
const idle = [];
const times = {};
let open = 0;
let running = 0;
let late = 0;

/** Notes what came of a request that was due at a time. */
function note(result, due) {
  if (due - began > onset * 1000) (times[result] ??= []).push(Math.round((performance.now() - due) * 10) / 10);
  running -= 1;
}

/** A connection: sends one request, reads its answer by Content-Length or as chunks, and is idle again. */
function newConnection() {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  const connection = { socket, due: 0, head: '', left: -1, chunked: false };
  open += 1;
  const gone = () => {
    if (connection.due > 0) note('gone', connection.due);
    connection.due = 0;
    open -= 1;
    const at = idle.indexOf(connection);
    if (at >= 0) idle.splice(at, 1);
  };
  socket.on('error', () => undefined).once('close', gone);
  socket.on('data', (bytes) => {
    if (connection.left < 0) {
      connection.head += bytes.toString('latin1');
      const end = connection.head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = /\r\ncontent-length: (\d+)/i.exec(connection.head);
      connection.chunked = !length;
      connection.left = length ? Number(length[1]) - (connection.head.length - end - 4) : 1;
      if (connection.chunked && connection.head.endsWith('0\r\n\r\n')) connection.left = 0;
    } else if (connection.chunked) {
      if (bytes.subarray(-5).toString('latin1') === '0\r\n\r\n') connection.left = 0;
    } else connection.left -= bytes.length;
    if (connection.left > 0) return;
    note(connection.head.slice(9, 12), connection.due);
    const closes = /\r\nconnection: close/i.test(connection.head);
    Object.assign(connection, { due: 0, head: '', left: -1 });
    if (closes) socket.destroy();
    else idle.push(connection);
  });
  socket.once('connect', () => idle.push(connection));
}

while (idle.length < connections) {
  if (open < connections) newConnection();
  await new Promise((resolve) => (open % 50 === 0 || open >= connections ? setTimeout(resolve, 5) : resolve()));
}

const began = performance.now();
let sent = 0;
const timer = setInterval(() => {
  const now = performance.now();
  late = Math.max(late, now - began - (sent / rate) * 1000);
  const due = Math.min((now - began) / 1000, seconds) * rate;
  for (; sent < due; sent++) {
    // The one that was idle for longest, as if each were another client.
    const connection = idle.shift();
    running += 1;
    if (!connection) {
      note('no connection', now);
      continue;
    }
    connection.due = now;
    connection.socket.write(request());
  }
  if (now - began > seconds * 1000 && (running === 0 || now - began > seconds * 1000 + 15_000)) {
    clearInterval(timer);
    process.stdout.write(JSON.stringify({ times, late: Math.round(late) }), () => process.exit());
  }
}, 2);
