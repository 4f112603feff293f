// How `npm run dev` makes files of modules: ours go into one after each change, and the packages into another, which is
// made once. Read one by one, their three thousand modules take two seconds.
import { transformFile } from '@swc/core';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { READING, WRITING } from './bundling.mjs';

/** A path of this checkout. */
export const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
/** Beside the bundle, where our modules find the same files as from there. */
export const [OURS, PACKAGES] = [at('dist/bundle/dev.cjs'), at('dist/bundle/dev-packages.cjs')];
export const ENVIRONMENT_FILE = at('.env');

const isPackage = (id) => /^[\w@]/.test(id) && !isBuiltin(id);

/** The modules as the compiler wrote them, with what leads from there to the sources. */
const compiled = {
  name: 'compiled',
  load: (id) =>
    existsSync(`${id}.map`) ? { code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') } : null,
};

/** Compiles a module of `src` as `nest build` does, or removes what it was compiled to where it is gone. */
export async function compile(path) {
  const target = at(path.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js'));
  if (!existsSync(at(path))) {
    for (const file of [target, `${target}.map`]) rmSync(file, { force: true });
    return;
  }
  const sourceFileName = relative(dirname(target), at(path));
  const { code, map } = await transformFile(at(path), { cwd: at(''), sourceFileName });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, code);
  writeFileSync(`${target}.map`, map);
}

/** Writes our modules, and the packages they import where these are others than before; answers whether they are. */
export async function bundle() {
  const build = await rolldown({ ...READING, input: at('dist/server.js'), external: isPackage, plugins: [compiled] });
  const { output } = await build.generate({
    ...WRITING,
    codeSplitting: false,
    sourcemap: 'inline',
    intro: 'require = globalThis.requirePackage(require);',
  });
  await build.close();
  const [{ code, fileName, imports, dynamicImports }] = output;
  writeFileSync(OURS, code);
  const packages = (ids) => ids.filter((id) => isPackage(id) && id !== fileName).sort();
  return bundlePackages(packages(imports), packages(dynamicImports));
}

/** `first` are loaded before our modules are there, the one that all others count on first of all. */
async function bundlePackages(first, later) {
  const state = createHash('sha256')
    .update(readFileSync(at('package-lock.json')))
    .update(JSON.stringify([first, later]))
    .digest('hex');
  const mark = `// ${state}\n`;
  if (existsSync(PACKAGES) && readFileSync(PACKAGES, 'latin1').startsWith(mark)) return false;
  const names = [...new Set([...first, ...later])].map((name) => `'${name}': () => require('${name}')`);
  const order = ['reflect-metadata', ...first.filter((name) => name !== 'reflect-metadata')];
  const text = `module.exports = {packages: {${names.join()}}, first: ${JSON.stringify(order)}};`;
  const entry = {
    name: 'packages',
    resolveId: (id) => (id === 'packages' ? at('packages.cjs') : null),
    load: (id) => (id === at('packages.cjs') ? text : null),
  };
  const build = await rolldown({ ...READING, input: 'packages', plugins: [entry] });
  const { output } = await build.generate({ ...WRITING, codeSplitting: false });
  await build.close();
  writeFileSync(PACKAGES, mark + output[0].code);
  return true;
}
