/** Applies a saved plan and says what gets done. */
import { WaxsealError } from '../../src/errors.ts';
import type { Terraform } from './terraform.ts';

/** A line of `terraform apply -json`. Source: "Machine-Readable UI", Terraform internals. */
interface Message {
  readonly type?: string;
  readonly '@message'?: string;
  readonly hook?: { readonly resource?: { readonly addr?: string }; readonly action?: string };
  readonly diagnostic?: {
    readonly severity?: string;
    readonly summary?: string;
    readonly detail?: string;
    readonly address?: string;
  };
}

/**
 * Applies exactly the plan that was looked at.
 * @param total - how many resources change
 * @param words - what a resource is, by its address
 * @throws WaxsealError `command_failed`
 */
export async function applyPlan(
  terraform: Terraform,
  planFile: string,
  total: number,
  words: ReadonlyMap<string, string>,
  say: (line: string) => void,
): Promise<void> {
  const errors: string[] = [];
  let done = 0;
  const { status, stderr } = await terraform.run(['apply', '-json', '-input=false', planFile], (line) => {
    const message = parse(line);
    const address = message.hook?.resource?.addr ?? '';
    if (message.type === 'apply_complete') {
      done += 1;
      say(
        `[${done}/${total}] ${PAST[message.hook?.action ?? ''] ?? message.hook?.action} ${words.get(address) ?? address}`,
      );
    }
    if (message.type === 'diagnostic' && message.diagnostic?.severity === 'error') {
      const { summary = '', detail = '', address: at = '' } = message.diagnostic;
      errors.push([words.get(at) ?? at, summary, detail].filter((part) => part !== '').join(': '));
    }
  });
  if (status === 0) return;
  const why = errors.length > 0 ? errors.join('\n') : stderr.trim();
  throw new WaxsealError('command_failed', `${terraform.program} did ${done} of ${total} things:\n${why}`, {
    hint: 'mend that and run it again: it goes on where it stopped',
  });
}

const PAST: Readonly<Record<string, string>> = {
  create: 'made',
  update: 'changed',
  delete: 'deleted',
  replace: 'replaced',
};

function parse(line: string): Message {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return {};
  }
}
