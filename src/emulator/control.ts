import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Identities } from './auth/identities.ts';
import { readAhead } from './clock.ts';
import { EmulatorError } from './errors.ts';
import { readFault } from './fault-input.ts';
import { readQuota } from './quota-table.ts';
import type { Switches } from './switches.ts';
import { isObject } from './validate.ts';

export const controlPrefix = '/_waxseal/';

type Reply = readonly [status: number, body: unknown];

/** What the endpoints tell and change. */
export interface Controlled {
  readonly instance: string;
  readonly world: { readonly regions: readonly string[] };
  readonly switches: Switches;
  readonly identities: Identities;
}

/**
 * The emulator's own endpoints: `GET health`; `GET`, `POST`, `DELETE faults`; `GET`, `POST quota`; `GET`, `POST clock`;
 * `GET`, `PUT identities`.
 * No page in a browser has business here: whatever carries an Origin is refused (a foreign Host was before).
 */
export function answerControl(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  body: string,
  parts: Controlled,
): void {
  const [status, answer] = route(request, url, body, parts);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer));
}

function route(
  request: IncomingMessage,
  url: URL,
  body: string,
  { instance, world, switches, identities }: Controlled,
): Reply {
  const { faults, quotas, clock } = switches;
  if (request.headers.origin !== undefined) return [403, { error: 'not for web pages' }];
  switch (`${request.method} ${url.pathname.slice(controlPrefix.length)}`) {
    case 'GET health':
      return [200, { instance, regions: world.regions }];
    case 'GET faults':
      return [200, faults.list];
    case 'POST faults':
      return change(request, body, (fault) => {
        faults.set(readFault(fault));
        return faults.list;
      });
    case 'DELETE faults':
      faults.clear(url.searchParams.get('region') ?? undefined);
      return [200, faults.list];
    case 'GET quota':
      return [200, quotas.table];
    case 'POST quota':
      return change(request, body, (quota) => {
        quotas.set(readQuota(quota));
        return quotas.table;
      });
    case 'GET clock':
      return [200, clock.state];
    case 'POST clock':
      return change(request, body, (wanted) => {
        clock.advance(readAhead(isObject(wanted) ? wanted.advanceMs : undefined));
        return clock.state;
      });
    case 'GET identities':
      return [200, identities.list];
    case 'PUT identities':
      return change(request, body, (list) => {
        identities.set(list);
        return identities.list;
      });
    default:
      return [404, { error: 'no such endpoint' }];
  }
}

function change(request: IncomingMessage, body: string, act: (value: unknown) => unknown): Reply {
  if (request.headers['content-type'] !== 'application/json')
    return [415, { error: 'expected application/json' }];
  try {
    return [200, act(JSON.parse(body))];
  } catch (error) {
    if (error instanceof EmulatorError) return [400, { error: error.message }];
    if (error instanceof SyntaxError) return [400, { error: 'not JSON' }];
    throw error;
  }
}
