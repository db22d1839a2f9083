import { describe, expect, test } from 'vitest';
import { chooseFormat, type FormatName } from '../../cli/formats/index.ts';
import { complaint, SECRET } from './support.ts';

describe('the option wins', () => {
  test.each<FormatName>(['dotenv', 'json', 'yaml'])('%s', (asked) => {
    expect(chooseFormat('secrets.json', asked, 'A=1')).toBe(asked);
    expect(chooseFormat('secrets.yaml', asked, '{}')).toBe(asked);
  });

  test.each(['toml', 'JSON', '', '\u001b[2J'])('%j is refused', (asked) => {
    const error = complaint(() => chooseFormat('.env', asked, ''));
    expect(error.code).toBe('usage');
    expect(error.hint).toContain('dotenv, json, yaml');
    expect(error.message).toMatch(/^[ -~]*$/);
  });
});

describe('then the name of the file', () => {
  test.each<[string, FormatName]>([
    ['.env', 'dotenv'],
    ['.env.production', 'dotenv'],
    ['prod.env', 'dotenv'],
    ['prod.env.local', 'dotenv'],
    ['/srv/app.json/.ENV', 'dotenv'],
    ['secrets.json', 'json'],
    ['.env.json', 'json'],
    ['a.b/SECRETS.JSON', 'json'],
    ['secrets.yaml', 'yaml'],
    ['secrets.yml', 'yaml'],
    ['.env.yaml', 'yaml'],
  ])('%s is %s', (file, format) => {
    const misleading = format === 'dotenv' ? '{"A":"1"}' : 'A=1';
    expect(chooseFormat(file, undefined, misleading)).toBe(format);
  });
});

describe('then the text', () => {
  test.each<[string, FormatName]>([
    ['A=1', 'dotenv'],
    ['export A=1', 'dotenv'],
    ['# A: x\n\n  A = b: c\n', 'dotenv'],
    ['\uFEFFA=1', 'dotenv'],
    ['#A=1\r#B: 2\rC=3', 'dotenv'],
    ['a.b-c=', 'dotenv'],
    ['', 'dotenv'],
    ['\n # nothing\n', 'dotenv'],
    ['{"A":"1"}', 'json'],
    ['\uFEFF\r\n  {\n', 'json'],
    ['A: b=c', 'yaml'],
    ['# A=1\nA: 1', 'yaml'],
    ['smtp:\n  password: x', 'yaml'],
    ['"a=b": x', 'yaml'],
    ['---\nA=1', 'yaml'],
    ['%YAML 1.2\n---\n', 'yaml'],
  ])('%j is %s', (text, format) => {
    for (const file of [undefined, '-', 'secrets.txt', 'environment']) {
      expect(chooseFormat(file, undefined, text)).toBe(format);
    }
  });

  test.each([SECRET, `[${SECRET}]`, `"${SECRET}"`, `http://${SECRET}`, `-----BEGIN ${SECRET}-----`])(
    '%j cannot be told',
    (text) => {
      expect(complaint(() => chooseFormat('x.txt', undefined, text))).toMatchObject({
        code: 'usage',
        message: 'cannot tell the format of x.txt',
      });
      for (const file of [undefined, '-']) {
        expect(complaint(() => chooseFormat(file, undefined, text)).message).toContain('standard input');
      }
    },
  );
});
