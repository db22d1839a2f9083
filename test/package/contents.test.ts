/** What is in the package, and what other tools think of it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { expect, test } from 'vitest';
import { ENV, NODE, pack, ROOT, temporaryFolder } from './support.ts';

const folder = temporaryFolder();
const packed = pack(folder);
const paths = packed.files.map(({ path }) => path);
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly bin: Record<string, string>;
  readonly exports: Record<string, string | Record<string, string>>;
};

test('the package holds what is built, what is to be read, and nothing else', () => {
  const outside = paths.filter((path) => !/^(dist|docs)\//.test(path));
  expect(outside.sort()).toEqual(
    ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'waxseal.schema.json'].sort(),
  );
  for (const doc of ['FORMAT', 'THREAT-MODEL', 'ERRORS', 'OPERATIONS', 'REGIONS'])
    expect(paths).toContain(`docs/${doc}.md`);
  expect(paths.filter((path) => path.startsWith('dist/') && !/\.(c?js|d\.ts)$/.test(path))).toEqual([
    expect.stringMatching(/^dist\/cli\/exec\.cjs\.[0-9a-f]{16}\.v8-[^/]+$/),
    'dist/cli/LICENSES.txt',
    'dist/src/LICENSES.txt',
    expect.stringMatching(/^dist\/start\/start\.cjs\.[0-9a-f]{16}\.v8-[^/]+$/),
  ]);
  expect(paths.filter((path) => /(^|\/)(test|node_modules|\.waxseal)\/|\.map$|\.tsx$/.test(path))).toEqual(
    [],
  );
  // Half a megabyte of it is the start bundle and its code cache, for some 20 ms less of each start.
  expect(packed.unpackedSize).toBeLessThan(5_000_000);
});

test('every entry point is in the package, and the command may be run', () => {
  const targets = Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
  for (const target of [...targets, ...Object.values(manifest.bin)]) {
    expect(paths).toContain(target.replace(/^\.\//, ''));
  }
  const cli = packed.files.find(({ path }) => path === manifest.bin.waxseal);
  expect((cli?.mode ?? 0) & 0o111).toBe(0o111);
  expect(readFileSync(join(ROOT, manifest.bin.waxseal ?? ''), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
});

test('publint has nothing to complain about', async () => {
  const bytes = readFileSync(packed.tarball);
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages } = await publint({ pack: { tarball }, strict: true });
  const pkg = manifest as unknown as Record<string, unknown>;
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
});

test('are-the-types-wrong: they are not', () => {
  const attw = join(ROOT, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');
  const args = [attw, packed.tarball, '--profile', 'esm-only', '--format', 'json'];
  const { analysis, problems } = JSON.parse(
    execFileSync(NODE, args, { env: ENV, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }),
  ) as {
    readonly analysis: { readonly types: unknown; readonly entrypoints: Record<string, unknown> };
    readonly problems?: Record<string, readonly { readonly resolutionKind?: string }[]>;
  };
  expect(analysis.types).toMatchObject({ kind: 'included' });
  expect(Object.keys(analysis.entrypoints)).toEqual(expect.arrayContaining(['.', './register', './errors']));
  // The profile leaves out what only require and older resolutions would meet.
  const found = Object.values(problems ?? {}).flat();
  expect(
    found.filter(
      ({ resolutionKind }) =>
        resolutionKind === undefined || resolutionKind === 'node16-esm' || resolutionKind === 'bundler',
    ),
  ).toEqual([]);
});

test('every package inside the command line is named with its licence', () => {
  const licences = readFileSync(join(ROOT, 'dist', 'cli', 'LICENSES.txt'), 'utf8');
  const inside = [
    'ink',
    'react',
    'react-reconciler',
    'commander',
    'yaml',
    'dotenv',
    'yoga-layout',
    'string-width',
  ];
  for (const name of [
    ...inside,
    '@aws-sdk/client-kms',
    '@aws-sdk/client-ssm',
    'valibot',
    'write-file-atomic',
  ]) {
    const { version } = JSON.parse(
      readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'),
    ) as { readonly version: string };
    expect(licences.split('\n'), name).toContain(`${name} ${version}`);
  }
  expect(licences).toContain('Permission is hereby granted, free of charge');
  expect(licences).toContain('TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION');
  for (const section of licences.split(/\n-{80}\n/).slice(1)) {
    const [, text = ''] = section.trim().split(/\n\n([\s\S]*)/);
    expect(text.length, section.slice(0, 60)).toBeGreaterThan(400);
  }
});
