/** `waxseal local` and what is under it. */
import type { CommandSpec } from './spec.ts';

export const LOCAL: CommandSpec = {
  usage: 'local',
  group: 'Embedded AWS',
  summary: 'serve the embedded KMS and Parameter Store to any AWS SDK',
  options: [
    ['--port <n>', 'the port on 127.0.0.1; default a free one'],
    ['--state <folder>', "where the state is kept; default the project's own, else in memory"],
    ['--region <name...>', 'the regions that answer'],
    ['--quota <rule...>', 'limit requests: aws, off, or such as GetParameters=8:8 (rate:burst)'],
    ['--log', 'a line for each call on stderr'],
    ['--json', 'print JSON'],
  ],
  examples: [
    'waxseal local',
    'waxseal local --port 4599 --state ./aws --region us-east-1 eu-west-1',
    'waxseal local --log --quota aws',
  ],
  load: () => import('./local.ts'),
  subcommands: [
    {
      usage: 'fault [region] [kind]',
      group: 'Embedded AWS',
      summary:
        'make a region (* for all) fail, or work again: down, hang, half-open, throttle, latency, error, lost-answer, stale, empty-pages; up',
      options: [
        ['--operation <name>', 'this operation only, such as GetParameters'],
        ['--ms <n>', 'milliseconds: how long a latency is, how far back stale reads look'],
        ['--code <name>', 'the AWS error code to answer'],
        ['--times <n>', 'end by itself after so many calls'],
        ['--for <span>', "end by itself after such as 30s or 5m of the embedded AWS's clock"],
        ['--probability <p>', 'hit this part of the calls only, 0 to 1'],
        ['--seed <n>', 'with --probability: the same calls each time'],
        ['--state <folder>', "the state folder; default the project's own"],
        ['--json', 'print JSON'],
      ],
      examples: [
        'waxseal local fault us-east-1 down',
        'waxseal local fault us-east-1 up',
        'waxseal local fault eu-west-1 error --code ExpiredTokenException',
        'waxseal local fault us-east-1 throttle --operation GetParameters --times 3',
        'waxseal local fault eu-west-1 stale --ms 2000 --probability 0.1 --seed 7',
      ],
      load: () => import('./local-fault.ts'),
    },
    {
      usage: 'quota [rule...]',
      group: 'Embedded AWS',
      summary: 'limit requests as AWS does: aws, off, or [region/]Operation[+Operation]=rate[:burst]',
      options: [
        ['--state <folder>', "the state folder; default the project's own"],
        ['--json', 'print JSON'],
      ],
      examples: [
        'waxseal local quota aws',
        'waxseal local quota eu-west-1/GetParameters=8:8 aws',
        'waxseal local quota off',
      ],
      load: () => import('./local-quota.ts'),
    },
    {
      usage: 'clock [forward]',
      group: 'Embedded AWS',
      summary: "show the embedded AWS's clock, or move it forward: deletion dates and rotation follow",
      options: [
        ['--state <folder>', "the state folder; default the project's own"],
        ['--json', 'print JSON'],
      ],
      examples: ['waxseal local clock', 'waxseal local clock +30d'],
      load: () => import('./local-clock.ts'),
    },
    {
      usage: 'key <action> [key]',
      group: 'Embedded AWS',
      summary:
        "create: make another multi-region key in the regions of a vault and print its id; rotate: give a key, else the vault's own, new material now",
      options: [
        ['--vault <path>', 'the vault, such as /acme/dev (else WAXSEAL_VAULT, else waxseal.json)'],
        ['--state <folder>', "the state folder; default the project's own"],
        ['--json', 'print JSON'],
      ],
      examples: ['waxseal local key create', 'waxseal local key rotate'],
      load: () => import('./local-key.ts'),
    },
  ],
};
