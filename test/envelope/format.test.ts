/** What docs/FORMAT.md says of its example is so, and its recipe works. */
import { spawn, spawnSync } from 'node:child_process';
import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryDigest, parseEntry } from '../../src/envelope/index.ts';
import { type OpenVault, openVault } from '../../src/open-vault.ts';
import { codeBlock, codeBlocks, prose } from './format.ts';
import { aadOf, list } from './independent.ts';
import { entries, expectedHex, largeVectors, vector } from './vector.ts';

const plain = vector('plain');
const dataKey = Buffer.from(plain.dataKey, 'hex');
const script = codeBlock('Break glass', 'python');
const recipe = codeBlock('Break glass', 'sh');
const partsScript = codeBlock('A large secret by hand', 'python');
/** The recipe with its last line replaced, as the page says. */
const largeRecipe = `${recipe.trimEnd().split('\n').slice(0, -1).join('\n')}\n${codeBlock('A large secret by hand', 'sh')}`;

/** The bytes of a block in hexadecimal; a line may end in a remark. */
function hex(block: string): string {
  const lines = block.split('\n').map((line) => {
    const words = line.trim().split(/ +/);
    const remark = words.findIndex((word) => !/^[0-9a-f]*$/.test(word));
    return words.slice(0, remark < 0 ? undefined : remark).join('');
  });
  return lines.join('');
}

describe('the example', () => {
  const { core } = parseEntry(plain.parameter);
  const info = list('waxseal', '1', 'entry');
  const okm = Buffer.from(hkdfSync('sha512', dataKey, core.salt, info, 64)).toString('hex');

  it('is the vector "plain", and its data key the vector\'s', () => {
    expect(codeBlock('Example', 'json')).toBe(`${plain.parameter}\n`);
    expect(codeBlocks('Example')[1]).toBe(`${dataKey.toString('base64')}\n${plain.dataKey}\n`);
    expect(prose('Example')).toContain(`\`${Buffer.from(plain.value ?? '', 'base64')}\``);
  });

  it('has these info bytes, this AAD, this key, this digest', () => {
    expect(hex(codeBlocks('Sealing')[0] ?? '')).toBe(info.toString('hex'));
    expect(hex(codeBlocks('Sealing').at(-1) ?? '')).toBe(aadOf(plain.parameter, core.name).toString('hex'));
    expect(prose('Sealing')).toContain(`${aadOf(plain.parameter, core.name).length} bytes`);
    expect(prose('Sealing')).toContain(`These ${info.length} bytes`);
    expect(codeBlocks('Example')[2]).toBe(`${okm.slice(0, 64)}\n${okm.slice(64)}\n`);
    const digest = createHash('sha256')
      .update(list(aadOf(plain.parameter, core.name), parseEntry(plain.parameter).ciphertext))
      .digest('hex');
    expect(codeBlocks('Example')[3]).toBe(`${digest}\n`);
    expect(Buffer.from(entryDigest(parseEntry(plain.parameter))).toString('hex')).toBe(digest);
  });
});

it('the name of a part is that of the vector "plain"', () => {
  const names = Object.keys(largeVectors.find(([name]) => name === 'plain')?.[1].parts ?? {});
  expect(codeBlocks('Large secrets')).toEqual([`${names.find((name) => name.endsWith('.3'))}\n`]);
});

const python = spawnSync('python3', ['-c', 'import cryptography'], { stdio: 'ignore' }).status === 0;
const awsCli = spawnSync('aws', ['--version'], { stdio: 'ignore' }).status === 0;
if (!python) console.info('skipped: no python3 with the package "cryptography"');
else if (!awsCli) console.info('skipped: no AWS CLI on the PATH');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waxseal-format-'));
  writeFileSync(join(folder, 'open.py'), script);
  writeFileSync(join(folder, 'parts.py'), partsScript);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the script has at most thirty lines', () => {
  expect(script.trimEnd().split('\n').length).toBeLessThanOrEqual(30);
});

describe.skipIf(!python)('the script', () => {
  it('opens the example with the data key on stdin', () => {
    writeFileSync(join(folder, 'entry'), codeBlock('Example', 'json'));
    const [key] = (codeBlocks('Example')[1] ?? '').split('\n');
    const run = spawnSync('python3', ['open.py', 'entry', '/acme/prod/DATABASE_URL'], {
      cwd: folder,
      input: key,
    });
    expect(run.stderr.toString()).toBe('');
    expect(run.stdout.toString('hex')).toBe(expectedHex(plain));
  });

  it('makes of every vector what it should', { timeout: 120_000 }, () => {
    const cases = entries.map(([, { parameter, asked, dataKey: key }]) => ({
      text: `${parameter}\n`,
      asked: `${asked.vault}/${asked.name}`,
      key: Buffer.from(key, 'hex').toString('base64'),
    }));
    writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases));
    writeFileSync(join(folder, 'all.py'), DRIVER);
    const run = spawnSync('python3', ['all.py'], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 });
    expect(run.stderr).toBe('');
    const results = JSON.parse(run.stdout) as string[];
    const wanted = entries.map(([name, one]) => {
      const alone = one.dataKeyAlone ?? one.expect;
      if (one.tombstone) return [name, 'refused: deleted'];
      return [name, alone === 'opens' ? expectedHex(one) : `refused: ${alone}`];
    });
    expect(entries.map(([name], index) => [name, results[index]])).toEqual(wanted);
  });
});

describe.skipIf(!python)('both scripts', () => {
  it('make of every vector of a large secret what they should', { timeout: 120_000 }, () => {
    const cases = largeVectors.map(([, { parameter, parts, asked, dataKey: key }]) => {
      const { rev, salt } = JSON.parse(parameter) as { rev: number; salt: string };
      const id = Buffer.from(salt, 'base64').subarray(0, 8).toString('hex');
      const start = `${asked.vault}/.waxseal/large/${asked.name}/${rev}.${id}`;
      return {
        text: `${parameter}\n`,
        asked: `${asked.vault}/${asked.name}`,
        key: Buffer.from(key, 'hex').toString('base64'),
        start,
        parts,
      };
    });
    writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases));
    writeFileSync(join(folder, 'all.py'), LARGE_DRIVER);
    const run = spawnSync('python3', ['all.py'], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 });
    expect(run.stderr).toBe('');
    const results = JSON.parse(run.stdout) as string[];
    const wanted = largeVectors.map(([name, one]) => [
      name,
      one.expect === 'opens' ? expectedHex(one) : `refused: ${one.expect}`,
    ]);
    expect(largeVectors.map(([name], index) => [name, results[index]])).toEqual(wanted);
  });
});

/** Runs both scripts, the second with the files of those parts that are there, as the recipe does. */
const LARGE_DRIVER = `
import io, json, sys
codes = {name: compile(open(name).read(), name, "exec") for name in ("open.py", "parts.py")}
class Out:
    def __init__(self): self.buffer = io.BytesIO()
    def flush(self): pass
real = sys.stdout
def run(name, key, *argv):
    sys.argv, sys.stdin, sys.stdout = [name, *argv], io.StringIO(key), Out()
    exec(codes[name], {"__name__": "__main__"})
    return sys.stdout.buffer.getvalue()
def put(file, text):
    with open(file, "wb") as out: out.write(text if isinstance(text, bytes) else text.encode())
results = []
for case in json.load(open("cases.json")):
    put("entry", case["text"])
    try:
        value = run("open.py", case["key"], "entry", case["asked"])
        if json.loads(case["text"])["fl"].endswith("c"):
            put("manifest", value)
            files = []
            for number in range(1, 1 + value.count(b"==")):
                text = case["parts"].get(case["start"] + "." + str(number))
                if text is None: break
                files.append("part." + str(number))
                put(files[-1], text + "\\n")
            value = run("parts.py", case["key"], "entry", "manifest", *files)
        results.append(value.hex())
    except SystemExit as end: results.append(str(end.code))
real.write(json.dumps(results))
`;

/** Runs the script as it is, once per case, in one process: a value in hexadecimal, or what it exits with. */
const DRIVER = `
import io, json, sys
code, results = compile(open("open.py").read(), "open.py", "exec"), []
class Out:
    def __init__(self): self.buffer = io.BytesIO()
    def flush(self): pass
real = sys.stdout
for case in json.load(open("cases.json")):
    with open("entry", "w", newline="", encoding="utf-8") as file: file.write(case["text"])
    sys.argv, sys.stdin, sys.stdout = ["open.py", "entry", case["asked"]], io.StringIO(case["key"]), Out()
    try:
        exec(code, {"__name__": "__main__"})
        results.append(sys.stdout.buffer.getvalue().hex())
    except SystemExit as end: results.append(str(end.code))
real.write(json.dumps(results))
`;

describe.skipIf(!python || !awsCli)('the whole recipe, against the emulator', () => {
  const VAULT = '/acme/prod';
  const REGIONS = ['us-east-1', 'eu-west-1'];
  let open: OpenVault;

  beforeAll(async () => {
    const env = {
      WAXSEAL_VAULT: VAULT,
      WAXSEAL_REGIONS: REGIONS.join(','),
      WAXSEAL_EMBEDDED: join(folder, 'state'),
    };
    open = await openVault({ env, cwd: folder, create: true });
  });
  afterAll(() => open.close());

  /** Asynchronous, because the emulator answers from this very process. */
  async function run(
    name: string,
    region: string,
    from: string = recipe,
  ): Promise<{ stdout: Buffer; stderr: string; status: number }> {
    const child = spawn('sh', ['-c', from.replace('NAME=DATABASE_URL', `NAME=${name}`)], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        AWS_ENDPOINT_URL: open.connection.endpoint,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_EC2_METADATA_DISABLED: 'true',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr, status] = await Promise.all([
      child.stdout.toArray(),
      child.stderr.toArray(),
      new Promise<number>((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (code) => resolve(code ?? -1));
      }),
    ]);
    return { stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString(), status };
  }

  it.each([
    ['DATABASE_URL', 'us-east-1', 'postgres://app:correct-horse@db.internal.example:5432/app'],
    ['smtp/pass.word-1', 'eu-west-1', `${'line with "quotes" and \\ and ü\n'.repeat(40)}`],
  ])('opens %s in %s', { timeout: 60_000 }, async (name, region, value) => {
    await open.vault.set(name, Buffer.from('the revision before'));
    await open.vault.set(name, Buffer.from(value));
    const { stdout, stderr, status } = await run(name, region);
    expect(stderr).toBe(`Version 2, slot ${region}:2\n`);
    expect(stdout.toString()).toBe(value);
    expect(status).toBe(0);
  });

  it('opens a large secret, with the lines for it', { timeout: 60_000 }, async () => {
    const value = randomBytes(7_000);
    await open.vault.set('smtp/tls.key', Buffer.from('the revision before'));
    await open.vault.set('smtp/tls.key', value);
    const { stdout, stderr, status } = await run('smtp/tls.key', 'eu-west-1', largeRecipe);
    expect(stderr).toBe(
      'Version 2, slot eu-west-1:2\na large secret: what follows is the manifest of its parts\n',
    );
    expect(stdout.equals(value)).toBe(true);
    expect(status).toBe(0);
    // Without them the manifest comes out, and is called that.
    const manifest = await run('smtp/tls.key', 'us-east-1');
    expect(manifest.stdout.toString()).toMatch(/^\{"wx":1,"parts":"(\S{24} ?){3}","salt":"/);
    expect(manifest.stderr).toContain('the manifest of its parts');
  });

  it('refuses an entry that was copied to another name', { timeout: 60_000 }, async () => {
    await open.vault.set('HERE', Buffer.from('value'));
    const [home] = open.connection.regions;
    const stored = (await home.parameters.read([`${VAULT}/HERE`])).get(`${VAULT}/HERE`);
    await home.parameters.write(`${VAULT}/THERE`, stored?.value ?? '', { create: true, tier: 'standard' });
    const { stdout, stderr, status } = await run('THERE', home.name);
    expect(stdout.toString()).toBe('');
    expect(stderr).toContain('refused: misplaced');
    expect(status).not.toBe(0);
  });
});
