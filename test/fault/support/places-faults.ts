/** What can happen at a place, without a process being killed. */
import { type Arrived, PASSED, type Rule, type Verdict } from './places-proxy.ts';

/** How often a throttled call is refused. */
const THROTTLES = 3;

const CUT: Verdict = { is: 'cut' };
const FAILED: Verdict = { is: 'refused', code: 'InternalServerError', status: 500 };
const THROTTLED: Verdict = { is: 'refused', code: 'ThrottlingException', status: 400 };

/** The faults by name: each makes a rule that begins with the call of this number. */
export const FAULTS: Readonly<Record<string, (place: number) => Rule>> = {
  'is cut off once': (place) => (call) => (call.number === place ? CUT : PASSED),
  'fails once': (place) => (call) => (call.number === place ? FAILED : PASSED),
  'fails for good': (place) => {
    const isSame = from(place);
    return (call) => (isSame(call) ? FAILED : PASSED);
  },
  'is the last that its region hears': (place) => {
    let gone: string | undefined;
    return ({ number, region }) => {
      if (number === place) gone = region;
      return region === gone ? CUT : PASSED;
    };
  },
  'is throttled': (place) => {
    const isSame = from(place);
    let times = 0;
    return (call) => {
      if (times >= THROTTLES || !isSame(call)) return PASSED;
      times += 1;
      return THROTTLED;
    };
  },
  'loses its answer': (place) => (call) => (call.number === place ? { is: 'lost' } : PASSED),
};

/** Whether a call is that of the place, or the same operation in the same region after it. */
function from(place: number): (call: Arrived) => boolean {
  let first: Arrived | undefined;
  return (call) => {
    if (call.number === place) first = call;
    return first !== undefined && call.region === first.region && call.operation === first.operation;
  };
}
