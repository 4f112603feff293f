/** The oldest Node that the server runs on. */
const OLDEST = 24;

/**
 * Ends the process where Node is too old, in one line that says what to do. Nothing may be imported statically beside
 * it: an older Node refuses a module before any of it runs.
 */
export function requireNode(): void {
  if (Number(process.versions.node.split('.', 1)[0]) >= OLDEST) return;
  process.stderr.write(
    `Node ${process.versions.node} is too old: this needs Node ${OLDEST}. Run \`npm ci\` and start with \`npm start\`, which brings its own, or install it.\n`,
  );
  process.exit(1);
}
