import { BlockList, isIP } from 'node:net';
import { type Context, matches, matchesArn, type Pattern, plainText, readPattern } from './patterns.ts';

/** One line of a Condition element: an operator, a key, and the values it is compared with. */
export interface Condition {
  readonly operator: Operator;
  readonly key: string;
  readonly values: readonly string[];
}

export interface Operator {
  readonly set: 'all' | 'any' | undefined;
  readonly ifExists: boolean;
  /** Undefined: `Null`, which asks whether the key is there. */
  readonly test: Test | undefined;
  readonly negated: boolean;
}

type Test = (value: string, wanted: Pattern) => boolean;

const compared =
  <T>(read: (text: string) => T | undefined, compare: (a: T, b: T) => boolean): Test =>
  (value, wanted) => {
    const [a, b] = [read(value), read(plainText(wanted))];
    return a !== undefined && b !== undefined && compare(a, b);
  };

function number(text: string): number | undefined {
  const read = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(read) ? undefined : read;
}

/** "W3C implementations of the ISO 8601 date formats or epoch (UNIX) time." */
function date(text: string): number | undefined {
  const read = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  return Number.isNaN(read) ? undefined : read;
}

const isInRange: Test = (value, wanted) => {
  const [network = '', bits] = plainText(wanted).split('/');
  const family = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(network) === 0 || isIP(value) === 0) return false;
  const list = new BlockList();
  try {
    list.addSubnet(network, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
  } catch {
    return false;
  }
  return list.check(value, isIP(value) === 6 ? 'ipv6' : 'ipv4');
};

const equal: Test = (value, wanted) => value === plainText(wanted);
const equalAnyCase: Test = (value, wanted) => value.toLowerCase() === plainText(wanted).toLowerCase();
const like: Test = (value, wanted) => matches(wanted, value);
// "The ArnEquals and ArnLike condition operators behave identically."
const arn: Test = (value, wanted) => matchesArn(wanted, value);
const is = (a: number, b: number): boolean => a === b;

const positive: Readonly<Record<string, Test>> = {
  StringEquals: equal,
  StringEqualsIgnoreCase: equalAnyCase,
  StringLike: like,
  NumericEquals: compared(number, is),
  NumericLessThan: compared(number, (a, b) => a < b),
  NumericLessThanEquals: compared(number, (a, b) => a <= b),
  NumericGreaterThan: compared(number, (a, b) => a > b),
  NumericGreaterThanEquals: compared(number, (a, b) => a >= b),
  DateEquals: compared(date, is),
  DateLessThan: compared(date, (a, b) => a < b),
  DateLessThanEquals: compared(date, (a, b) => a <= b),
  DateGreaterThan: compared(date, (a, b) => a > b),
  DateGreaterThanEquals: compared(date, (a, b) => a >= b),
  Bool: equalAnyCase,
  BinaryEquals: equal,
  IpAddress: isInRange,
  ArnEquals: arn,
  ArnLike: arn,
};

const negative: Readonly<Record<string, Test>> = {
  StringNotEquals: equal,
  StringNotEqualsIgnoreCase: equalAnyCase,
  StringNotLike: like,
  NumericNotEquals: compared(number, is),
  DateNotEquals: compared(date, is),
  NotIpAddress: isInRange,
  ArnNotEquals: arn,
  ArnNotLike: arn,
};

/** The operator of that name; undefined where there is none. */
export function readOperator(name: string): Operator | undefined {
  const [, set, base = '', exists] =
    /^(ForAllValues:|ForAnyValue:)?([A-Za-z]+?)(IfExists)?$/.exec(name) ?? [];
  const how = set === undefined ? undefined : set === 'ForAllValues:' ? 'all' : 'any';
  const ifExists = exists !== undefined;
  // "You can add IfExists to the end of any condition operator name except the Null condition."
  if (base === 'Null')
    return ifExists || how !== undefined
      ? undefined
      : { set: undefined, ifExists, test: undefined, negated: false };
  const negated = Object.hasOwn(negative, base);
  const table = negated ? negative : positive;
  const test = Object.hasOwn(table, base) ? table[base] : undefined;
  return test === undefined ? undefined : { set: how, ifExists, test, negated };
}

/**
 * Whether a condition holds. Several values in the policy are alternatives; for a negated operator none of them
 * may match.
 * @param variables - absent where the policy's Version knows no variables
 */
export function holds({ operator, key, values }: Condition, context: Context, variables?: Context): boolean {
  const given = context.get(key) ?? [];
  const { test, negated, set } = operator;
  // "Null: true - the key doesn't exist … false - the key exists and its value is not null."
  if (test === undefined)
    return values.some((value) => (value.toLowerCase() === 'true') === (given.length === 0));
  if (given.length === 0) {
    if (operator.ifExists) return true;
    // "ForAllValues also returns true if there are no context keys in the request"; ForAnyValue returns false.
    if (set !== undefined) return set === 'all';
    // "If the key that you specify in a policy condition is not present … the values do not match": not equal.
    return negated;
  }
  const patterns = values.map((value) => readPattern(value, variables));
  if (!patterns.every((pattern) => pattern !== undefined)) return false;
  const passes = (value: string): boolean => patterns.some((pattern) => test(value, pattern)) !== negated;
  const every = set === undefined ? negated : set === 'all';
  return every ? given.every(passes) : given.some(passes);
}
