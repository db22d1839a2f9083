import type { IncomingMessage, ServerResponse } from 'node:http';
import { EmulatorError } from './errors.ts';
import { type Faults, readFault } from './faults.ts';

export const controlPrefix = '/_waxseal/';

type Reply = readonly [status: number, body: unknown];

/**
 * The emulator's own endpoints: `GET health`, and `GET`, `POST`, `DELETE faults`. No page in a browser has
 * business here: whatever carries an Origin is refused (a foreign Host was before).
 */
export function answerControl(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  body: string,
  instance: string,
  faults: Faults,
): void {
  const [status, answer] = route(request, url, body, instance, faults);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer));
}

function route(request: IncomingMessage, url: URL, body: string, instance: string, faults: Faults): Reply {
  if (request.headers.origin !== undefined) return [403, { error: 'not for web pages' }];
  switch (`${request.method} ${url.pathname.slice(controlPrefix.length)}`) {
    case 'GET health':
      return [200, { instance }];
    case 'GET faults':
      return [200, faults.list];
    case 'POST faults':
      return setFault(request, body, faults);
    case 'DELETE faults':
      faults.clear(url.searchParams.get('region') ?? undefined);
      return [200, faults.list];
    default:
      return [404, { error: 'no such endpoint' }];
  }
}

function setFault(request: IncomingMessage, body: string, faults: Faults): Reply {
  if (request.headers['content-type'] !== 'application/json')
    return [415, { error: 'expected application/json' }];
  try {
    faults.set(readFault(JSON.parse(body)));
    return [200, faults.list];
  } catch (error) {
    if (error instanceof EmulatorError) return [400, { error: error.message }];
    if (error instanceof SyntaxError) return [400, { error: 'not JSON' }];
    throw error;
  }
}
