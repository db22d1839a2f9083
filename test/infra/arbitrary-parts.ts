import * as fc from 'fast-check';
import { pathsOverlap } from '../../src/secret-name.ts';

export const account: fc.Arbitrary<string> = fc.stringMatching(/^\d{12}$/);

const path: fc.Arbitrary<string> = fc
  .array(fc.stringMatching(/^[A-Za-z0-9_-]{1,6}$/), { minLength: 1, maxLength: 4 })
  .map((segments) => `/${segments.join('/')}`)
  .filter((text) => !/^\/(aws|ssm)/i.test(text));

/** As long as a KMS alias can hold. */
const longPath: fc.Arbitrary<string> = fc
  .stringMatching(/^[A-Za-z0-9_-]{60,200}$/)
  .map((word) => `/long/${word}`);

/** Paths of which none lies in another; one that another is but for its capitals is as right as any. */
export const paths: fc.Arbitrary<string[]> = fc
  .array(fc.oneof({ weight: 8, arbitrary: path }, { weight: 1, arbitrary: longPath }), {
    minLength: 1,
    maxLength: 4,
  })
  .chain((all) => fc.boolean().map((twins) => (twins ? all.flatMap((one) => [one, one.toUpperCase()]) : all)))
  .map((all) => all.filter((one) => !/^\/(aws|ssm)/i.test(one)).slice(0, 4))
  .map((all) => all.filter((one, i) => !all.slice(0, i).some((other) => pathsOverlap(one, other))));

export const tags: fc.Arbitrary<Record<string, string>> = fc.dictionary(
  // valibot leaves out what every object has, cdktf's testing what Terraform takes for a comment.
  fc
    .stringMatching(/^[A-Za-zäß0-9 _.:/=+@-]{1,12}$/)
    .filter((key) => !/^(aws:.*|constructor|prototype|__proto__|\/\/)$/i.test(key)),
  fc.stringMatching(/^[A-Za-zäß0-9 _.:/=+@-]{0,12}$/),
  { maxKeys: 3, noNullPrototype: true },
);

export const principals: fc.Arbitrary<string[]> = fc.uniqueArray(
  fc.oneof(
    account,
    account.map((id) => `arn:aws:iam::${id}:root`),
    fc
      .tuple(account, fc.stringMatching(/^[A-Za-z0-9+=,.@_-]{1,20}$/))
      .map(([id, name]) => `arn:aws:iam::${id}:role/${name}`),
    fc.constantFrom('ecs-tasks.amazonaws.com', 'lambda.amazonaws.com'),
  ),
  { maxLength: 2 },
);
