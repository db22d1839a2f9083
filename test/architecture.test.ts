import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { parseSync } from 'oxc-parser';
import { describe, expect, it } from 'vitest';

/** Who may import whom (README, Structure). A folder not named here may import nothing but the shared two. */
const SHARED = ['errors', 'secret-name'];
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  'secret-name': ['errors'],
  compiled: [],
  envelope: SHARED,
  vault: [...SHARED, 'envelope'],
  file: [...SHARED, 'envelope', 'vault'],
  config: SHARED,
  aws: [...SHARED, 'config', 'vault'],
  'open-vault': ['config', 'aws', 'vault'],
  loader: [...SHARED, 'config', 'vault', 'aws', 'open-vault'],
  constructs: [...SHARED, 'config'],
  emulator: [],
  index: ['errors', 'envelope', 'vault', 'loader', 'file', 'open-vault'],
  cli: [...SHARED, 'config', 'vault', 'aws', 'loader', 'file', 'open-vault', 'emulator/index'],
  'cli/ui': [...SHARED, 'vault'],
  'cli/formats': SHARED,
  main: ['errors', 'config', 'constructs'],
};

/** Exceptions, each one file to one file, and why. */
const ALSO: readonly { readonly from: string; readonly to: string; readonly why: string }[] = [
  {
    from: 'src/aws/embedded.ts',
    to: 'src/emulator/index.ts',
    why: 'register and loadSecrets start on the embedded AWS too; it is loaded only when configuration asks for it',
  },
];

/** What looks at an account for `waxseal doctor`. */
const ACCOUNT = /^src\/aws\/account\//;

/** The client of the boot path. */
const LEAN = /^src\/aws\/lean\//;

/** Packages that must stay where they are. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  cdktf: /^(main\.ts$|src\/constructs\/)/,
  constructs: /^(main\.ts$|src\/constructs\/)/,
  '@cdktf/provider-aws': /^src\/constructs\//,
  ink: /^cli\/ui\//,
  react: /^cli\/ui\//,
  commander: /^cli\/program\.ts$/,
  '@aws-sdk/client-kms': /^src\/aws\//,
  '@aws-sdk/client-ssm': /^src\/aws\//,
  // AWS's own signer and providers of credentials, by themselves: what the SDK's clients are made of.
  '@smithy/signature-v4': LEAN,
  '@aws-sdk/credential-provider-http': LEAN,
  '@aws-sdk/credential-provider-web-identity': LEAN,
  '@smithy/credential-provider-imds': LEAN,
  // Of the command line alone, which has them bundled: an application does not install them.
  '@aws-sdk/client-sts': ACCOUNT,
  '@aws-sdk/client-iam': ACCOUNT,
  '@aws-sdk/client-cloudtrail': ACCOUNT,
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly dynamic: boolean;
  /** Whether the module is loaded with the file that names it: not when it is asked for types alone, or later. */
  readonly loads: boolean;
}

const root = dirname(import.meta.dirname);

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

/** All imports of a file, type-only, re-exporting and dynamic ones too. */
function importsOf(file: string): Import[] {
  const { module, errors } = parseSync(file, readFileSync(join(root, file), 'utf8'));
  expect(errors, file).toEqual([]);
  const text = readFileSync(join(root, file), 'utf8');
  // `import { type T }` stays behind as an import of nothing, which loads the module; `import type` does not.
  const loads = ({ start }: { readonly start: number }): boolean =>
    !/^(im|ex)port\s+type\b/.test(text.slice(start));
  const named = [
    ...module.staticImports.map((one) => ({ to: one.moduleRequest.value, loads: loads(one) })),
    ...module.staticExports.flatMap((one) =>
      one.entries.flatMap(({ moduleRequest }) =>
        moduleRequest === null ? [] : { to: moduleRequest.value, loads: loads(one) },
      ),
    ),
  ].map((one) => ({ from: file, dynamic: false, ...one }));
  const dynamic = module.dynamicImports.map(({ moduleRequest }) => {
    const literal = text.slice(moduleRequest.start, moduleRequest.end);
    expect(literal, `${file}: a dynamic import of something that is not a literal`).toMatch(/^['"].*['"]$/);
    return { from: file, to: literal.slice(1, -1), dynamic: true, loads: false };
  });
  return [...named, ...dynamic];
}

/** The place that a file belongs to, as in MAY_IMPORT. */
function placeOf(file: string): string {
  if (file === 'main.ts') return 'main';
  if (file.startsWith('cli/'))
    return ['cli/ui', 'cli/formats'].find((place) => file.startsWith(`${place}/`)) ?? 'cli';
  const [first = ''] = file.replace(/^src\//, '').split('/');
  return first.replace(/\.tsx?$/, '');
}

const files = ['main.ts', ...sources('src'), ...sources('cli')];
const imports = files.flatMap(importsOf);
const inside = imports
  .filter(({ to }) => to.startsWith('.'))
  .map((one) => ({ ...one, to: relative(root, resolve(root, dirname(one.from), one.to)) }));

describe('imports', () => {
  it('are found at all', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(inside.length).toBeGreaterThan(200);
    expect(inside.some(({ dynamic }) => dynamic)).toBe(true);
  });

  it('follow the arrows and no others', () => {
    const wrong = inside.filter(({ from, to }) => {
      const [here, there] = [placeOf(from), placeOf(to)];
      if (here === there || ALSO.some((one) => one.from === from && one.to === to)) return false;
      // The command line is one thing in several folders; its parts are reached from their parent only.
      if (here === 'cli' && (there === 'cli/ui' || there === 'cli/formats')) return false;
      const allowed = MAY_IMPORT[here] ?? [];
      return !allowed.includes(there) && !allowed.includes(to.replace(/^src\//, '').replace(/\.tsx?$/, ''));
    });
    expect(wrong).toEqual([]);
  });

  it('load the emulator from outside it only when it is asked for', () => {
    for (const { from, to } of ALSO) {
      expect(inside.filter((one) => one.from === from && one.to === to).some(({ dynamic }) => dynamic)).toBe(
        true,
      );
    }
  });

  it('have no cycle', () => {
    const next = new Map<string, string[]>();
    for (const { from, to } of inside) next.set(from, [...(next.get(from) ?? []), to]);
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file))
        throw new Error(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`);
      if (done.has(file)) return;
      for (const to of next.get(file) ?? []) visit(to, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
  });

  it('keep packages where they belong', () => {
    const wrong = imports.filter(({ from, to }) => {
      const [scope = '', name = ''] = to.split('/');
      const where = PACKAGES[scope.startsWith('@') ? `${scope}/${name}` : scope];
      return where !== undefined && !where.test(from);
    });
    expect(wrong).toEqual([]);
  });

  it('reach the look at an account from the command line only', () => {
    const users = inside.filter(({ from, to }) => ACCOUNT.test(to) && !ACCOUNT.test(from));
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter(({ from }) => !from.startsWith('cli/'))).toEqual([]);
  });

  it('of the boot path load neither the SDK nor the schema before they are needed', () => {
    const next = new Map<string, string[]>();
    for (const { from, to, loads } of inside) if (loads) next.set(from, [...(next.get(from) ?? []), to]);
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const to of next.get(file) ?? []) visit(to);
    };
    for (const file of ['src/aws/index.ts', 'src/aws/lean/index.ts', 'src/config/settings.ts']) visit(file);
    const packages = imports.filter(
      ({ from, to, loads }) => loads && reached.has(from) && /^[@a-z]/.test(to),
    );
    const outside = packages.filter(({ to }) => !to.startsWith('node:')).map(({ to }) => to);
    expect(new Set(outside)).toEqual(new Set(['@smithy/signature-v4']));
    expect([...reached].filter((file) => /^src\/(emulator|aws\/sdk)\//.test(file))).toEqual([]);
  });

  it('of the provider name leaves, never the root that takes seconds to load', () => {
    const provider = imports.filter(({ to }) => to.startsWith('@cdktf/provider-aws'));
    expect(provider.length).toBeGreaterThan(0);
    expect(provider.filter(({ to }) => !/^@cdktf\/provider-aws\/lib\/[a-z-]+\/index\.js$/.test(to))).toEqual(
      [],
    );
  });

  it('give the core no network, disk, environment or clock', () => {
    const envelope = imports.filter(
      ({ from, to }) => from.startsWith('src/envelope/') && to.startsWith('node:'),
    );
    expect(new Set(envelope.map(({ to }) => to))).toEqual(
      new Set(['node:buffer', 'node:crypto', 'node:zlib']),
    );
    for (const file of files.filter((name) => name.startsWith('src/envelope/'))) {
      const text = readFileSync(join(root, file), 'utf8');
      expect(text, file).not.toMatch(/Date\.now|new Date|process\.|randomBytes|Math\.random|fetch\(/);
    }
  });
});
