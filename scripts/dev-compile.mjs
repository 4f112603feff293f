// How `npm run dev` compiles: each module of src by itself, with the settings of the build but as CommonJS, which loads
// soonest; and the packages, which are three thousand modules, into one file.
import { transformFile } from '@swc/core';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { READING, WRITING } from './bundling.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** As deep as src and dist: from here our modules find `db` and `web` where they do from there. */
export const COMPILED = join(ROOT, '.dev');
/** What outlasts a start. */
export const CACHE = join(COMPILED, 'cache');
const PACKAGES = join(CACHE, 'packages.cjs');

/** Whether a file is part of the server: neither a test nor a command line. */
export const isSource = (path) => /^src\/(?!bin\/|main\.ts).*(?<!\.spec|\.d)\.ts$/.test(path);

/** The packages that each source imports. */
const imported = new Map();

/** Compiles all sources. */
export async function compileAll() {
  mkdirSync(CACHE, { recursive: true });
  for (const name of readdirSync(COMPILED)) {
    if (name !== basename(CACHE)) rmSync(join(COMPILED, name), { recursive: true });
  }
  writeFileSync(join(COMPILED, 'package.json'), '{"type":"commonjs"}\n');
  symlinkSync(join(ROOT, 'dist/web'), join(COMPILED, 'web'), 'junction');
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true }).map((name) => `src/${name}`);
  return compile(sources.filter(isSource));
}

/** Compiles sources, or removes what was made of those that are gone; answers which did not compile, and why. */
export async function compile(sources) {
  const outcomes = await Promise.allSettled(sources.map(compileOne));
  // The compiler adds a trace of its own.
  const why = ({ message }) => message.split('\n\nCaused by', 1)[0].trim();
  return outcomes.flatMap(({ reason }, i) => (reason ? [{ source: sources[i], error: why(reason) }] : []));
}

async function compileOne(source) {
  const path = join(ROOT, source);
  const target = join(COMPILED, relative('src', source)).replace(/ts$/, 'js');
  imported.delete(source);
  if (!existsSync(path)) {
    rmSync(target, { force: true });
    return;
  }
  const { code, map } = await transformFile(path, {
    cwd: ROOT,
    module: { type: 'commonjs' },
    sourceFileName: resolve(path),
  });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(`${target}.map`, map);
  writeFileSync(target, `${code}\n//# sourceMappingURL=${basename(target)}.map\n`);
  const names = [...code.matchAll(/\brequire\("([\w@][^"]*)"\)/g)].map(([, name]) => name);
  imported.set(
    source,
    names.filter((name) => !isBuiltin(name)),
  );
}

/** Writes the packages that our modules import; false when these very ones are there. */
export async function bundlePackages() {
  const names = [...new Set([...imported.values()].flat())].sort();
  const state = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .update(names.join())
    .digest('hex');
  const mark = `// ${state}\n`;
  if (existsSync(PACKAGES) && readFileSync(PACKAGES, 'latin1').startsWith(mark)) return false;
  const id = join(ROOT, 'packages.cjs');
  const text = `module.exports = {${names.map((name) => `'${name}': () => require('${name}')`).join()}};`;
  const entry = {
    name: 'packages',
    resolveId: (asked) => (asked === 'packages' ? id : null),
    load: (asked) => (asked === id ? text : null),
  };
  const build = await rolldown({ ...READING, input: 'packages', plugins: [entry] });
  const { output } = await build.generate({ ...WRITING, codeSplitting: false });
  await build.close();
  writeFileSync(PACKAGES, mark + output[0].code);
  return true;
}
