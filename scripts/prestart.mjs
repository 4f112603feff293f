// Before `npm start`: builds the server where its sources are newer than what was built, or says in one line what is
// missing. Plain old syntax and no package, so that any Node can run it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

function end(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

if (Number(process.versions.node.split('.', 1)[0]) < 24) {
  end(
    `Node ${process.versions.node} is too old: this needs Node 24. Run \`npm ci\` without --omit=optional, which brings it, or install it.`,
  );
}
if (!existsSync(at('node_modules'))) end('The packages are not installed: run `npm ci` first.');
if (existsSync(at('node_modules/.bin/nest'))) {
  process.exitCode = spawnSync('npm', ['run', '-s', 'build'], { cwd: at(''), stdio: 'inherit' }).status ?? 1;
} else if (!existsSync(at('dist/main.js'))) {
  end(
    'The server is not built, and what builds it is left out by --omit=dev: run `npm ci && npm run build` first, then omit it.',
  );
}
