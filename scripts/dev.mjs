// What `npm run dev` starts after each change. Our modules go into one file, which takes a fifth of a second, and the
// packages into another, which is made once: read one by one, their three thousand modules take two seconds.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire, enableCompileCache, isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { READING, WRITING } from './bundling.mjs';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
/** Beside the bundle, where our modules find the same files as from there. */
const [OURS, PACKAGES] = [at('dist/bundle/dev.cjs'), at('dist/bundle/dev-packages.cjs')];

const isPackage = (id) => /^[\w@]/.test(id) && !isBuiltin(id);

/** The modules as the compiler wrote them, with what leads from there to the sources. */
const compiled = {
  name: 'compiled',
  load: (id) =>
    existsSync(`${id}.map`) ? { code: readFileSync(id, 'utf8'), map: readFileSync(`${id}.map`, 'utf8') } : null,
};

/** Writes our modules, and answers which packages they import. */
async function bundleOurs() {
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
  return [...imports, ...dynamicImports].filter((id) => isPackage(id) && id !== fileName).sort();
}

/** Writes the packages, unless these very ones are there. */
async function bundlePackages(names) {
  const state = createHash('sha256')
    .update(readFileSync(at('package-lock.json')))
    .update(names.join())
    .digest('hex');
  const mark = `// ${state}\n`;
  if (existsSync(PACKAGES) && readFileSync(PACKAGES, 'latin1').startsWith(mark)) return;
  const text = `module.exports = {${names.map((name) => `'${name}': () => require('${name}')`).join()}};`;
  const entry = {
    name: 'packages',
    resolveId: (id) => (id === 'packages' ? at('packages.cjs') : null),
    load: (id) => (id === at('packages.cjs') ? text : null),
  };
  const build = await rolldown({ ...READING, input: 'packages', plugins: [entry] });
  const { output } = await build.generate({ ...WRITING, codeSplitting: false });
  await build.close();
  writeFileSync(PACKAGES, mark + output[0].code);
}

await bundlePackages(await bundleOurs());
enableCompileCache(at('dist/compiled'));
const require = createRequire(OURS);
const packages = require(PACKAGES);
globalThis.requirePackage = (own) => (name) => (Object.hasOwn(packages, name) ? packages[name]() : own(name));
process.setSourceMapsEnabled(true);
require(OURS);
