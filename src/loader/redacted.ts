/** What `loadSecrets` gives: values by name that no way of printing shows. */
import { WaxsealError } from '../errors.ts';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** An object that gives a value to whoever asks for it by name, and to no log. @throws WaxsealError `name_clash` */
export function redacted(values: ReadonlyMap<string, unknown>): Readonly<Record<string, unknown>> {
  if (values.has('toJSON')) {
    throw new WaxsealError('name_clash', 'toJSON is what keeps loaded secrets out of JSON', {
      hint: 'rename the secret, or use exec or register',
    });
  }
  const secrets: Record<string, unknown> = Object.create(null);
  // Accessors: console.dir goes past the custom inspection below and would print plain properties.
  for (const [name, value] of values) {
    Object.defineProperty(secrets, name, { enumerable: true, configurable: true, get: () => value });
  }
  const hidden = (): Record<string, string> =>
    Object.fromEntries([...values.keys()].map((name) => [name, '[redacted]']));
  Object.defineProperty(secrets, INSPECT, { value: hidden });
  Object.defineProperty(secrets, 'toJSON', { value: hidden });
  // Without it a template string in a log line would throw: the object has no prototype.
  Object.defineProperty(secrets, Symbol.toPrimitive, { value: () => '[redacted]' });
  return Object.freeze(secrets);
}
