/** What an application loads with waxseal/register, and what it must never load. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { parseSync } from 'oxc-parser';
import { expect, test, vi } from 'vitest';
import { compile, run } from '../../src/compiled.ts';
import { ROOT } from './support.ts';

const NEVER = ['ink', 'react', 'cdktf', 'constructs', '@cdktf/provider-aws', 'commander', 'yaml', 'dotenv'];

/** All that a module imports, at once or later, and what it exports from elsewhere. */
function importsOf(file: string): readonly { readonly from: string; readonly later: boolean }[] {
  const { module, errors } = parseSync(file, readFileSync(file, 'utf8'));
  expect(errors).toEqual([]);
  const source = readFileSync(file, 'utf8');
  return [
    ...module.staticImports.map(({ moduleRequest }) => ({ from: moduleRequest.value, later: false })),
    ...module.staticExports
      .flatMap(({ entries }) => entries)
      .flatMap(({ moduleRequest }) => (moduleRequest ? [{ from: moduleRequest.value, later: false }] : [])),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => {
      const literal = /^(['"])(.+)\1$/.exec(source.slice(start, end));
      if (literal?.[2] === undefined) throw new Error(`${file} imports what only running it can tell`);
      return { from: literal[2], later: true };
    }),
  ];
}

/** The same of the start bundle, which asks only when a turn comes. */
function requiredBy(file: string): readonly { readonly from: string; readonly later: boolean }[] {
  const literals = readFileSync(file, 'utf8').matchAll(/\brequire\(("[^"]+")\)/g);
  return [...literals].map(([, literal = '']) => ({ from: JSON.parse(literal) as string, later: true }));
}

/** The modules of the package and the packages that `entry` reaches. */
function reach(
  entry: string,
  alsoLater: boolean,
): { readonly files: Set<string>; readonly packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const walk = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const { from, later } of file.endsWith('.cjs') ? requiredBy(file) : importsOf(file)) {
      if (later && !alsoLater) continue;
      if (from.startsWith('.')) walk(resolve(dirname(file), from));
      else if (!isBuiltin(from)) packages.add(/^(?:@[^/]+\/)?[^/]+/.exec(from)?.[0] ?? from);
    }
  };
  walk(entry);
  return { files, packages };
}

/** A package and all that it depends on, as installed. */
function withDependencies(names: Iterable<string>): ReadonlySet<string> {
  const all = new Map<string, string>();
  const visit = (name: string, from: string): void => {
    let at = from;
    while (!existsSync(join(at, 'node_modules', name, 'package.json'))) {
      // Optional peers need not be there.
      if (dirname(at) === at) return;
      at = dirname(at);
    }
    const folder = join(at, 'node_modules', name);
    if (all.has(folder)) return;
    all.set(folder, name);
    const text = readFileSync(join(folder, 'package.json'), 'utf8');
    const { dependencies = {} } = JSON.parse(text) as { readonly dependencies?: Record<string, string> };
    for (const dependency of Object.keys(dependencies)) visit(dependency, folder);
  };
  for (const name of names) visit(name, ROOT);
  return new Set(all.values());
}

const DIST = join(ROOT, 'dist');
const built = (path: string): string => join(DIST, 'src', path);

test.each([
  'src/loader/register.js',
  'src/index.js',
  'src/emulator/index.js',
  'src/errors.js',
  'start/start.cjs',
])('whatever %s may ever load, it is nothing of the terminal, the command line or CDKTF', (entry) => {
  const { files, packages } = reach(join(DIST, entry), true);
  const inside = [...files].map((file) => relative(DIST, file));
  expect(inside.filter((file) => /^src\/constructs\/|^cli\/|\.\./.test(file))).toEqual([]);
  const all = withDependencies(packages);
  for (const name of NEVER) expect([...all], name).not.toContain(name);
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly dependencies: Record<string, string>;
  };
  for (const name of packages) expect(Object.keys(dependencies)).toContain(name);
});

test('the walk sees what it is for: the CDKTF constructs do reach cdktf, the loader the SDK', () => {
  expect(reach(built('constructs/index.js'), true).packages).toContain('cdktf');
  expect(reach(built('loader/register.js'), true).packages).toContain('@aws-sdk/client-ssm');
});

test.each(['src/loader/register.js', 'start/register.js'])(
  'on a Node that is too old %s parses and loads nothing but itself first',
  (entry) => {
    const { files, packages } = reach(join(DIST, entry), false);
    expect([files.size, packages.size]).toEqual([1, 0]);
  },
);

test('the start bundle loads no package and no other module until their turn comes', () => {
  const bundle = join(DIST, 'start', 'start.cjs');
  const asked: string[] = [];
  const require = createRequire(bundle);
  const spy = (id: string): unknown => (isBuiltin(id) ? require(id) : asked.push(id));
  const builtins = vi.spyOn(process, 'getBuiltinModule');
  expect(run(compile(bundle), bundle, Object.assign(spy, require))).toHaveProperty('loadSecrets');
  expect(asked).toEqual([]);
  // What takes Node some time to load, and is not needed until a call is made or was answered.
  const atOnce = builtins.mock.calls.map(([id]) => id);
  expect(atOnce).toContain('node:crypto');
  for (const id of ['node:http', 'node:https', 'node:zlib']) expect(atOnce, id).not.toContain(id);
  expect(requiredBy(bundle).map(({ from }) => from)).toContain('../src/emulator/index.js');
});

test('an application in an account never loads the emulator', () => {
  const { files } = reach(built('index.js'), false);
  expect([...files].filter((file) => file.includes('/emulator/'))).toEqual([]);
});
