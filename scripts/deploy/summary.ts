/** What a plan would do, for a person. */
import { describeParts, type PlanJson, type ResourceChange, type Values } from './plan-json.ts';

/** The lines of a plan; none when nothing would change. What is made, taken over or deleted alike shares a line. */
export function summarize(plan: PlanJson): readonly string[] {
  const groups = new Map<string, { readonly places: string[]; readonly fields: readonly string[] }>();
  for (const { type, name, change } of plan.resource_changes ?? []) {
    const verb = verbOf(change);
    if (verb === undefined) continue;
    const fields = changedFields(change);
    const { what, vault, place } = describeParts(type, name, change.after ?? change.before);
    const title = `  ${verb} the ${what}${vault === undefined ? '' : ` of ${vault}`}`;
    const key = [title, ...fields].join('\n');
    const group = groups.get(key) ?? { places: [], fields };
    groups.set(key, group);
    if (place !== '') group.places.push(place);
  }
  return [...groups].flatMap(([key, { places, fields }]) => {
    const [title = ''] = key.split('\n');
    return [places.length === 0 ? title : `${title}: ${places.join(', ')}`, ...fields];
  });
}

/** Terraform's own last line, which scripts look for. */
export const NO_CHANGES = 'No changes.';

function verbOf({ actions, importing }: ResourceChange['change']): string | undefined {
  if (importing !== undefined) return '= take over';
  if (actions.length === 2) return '! replace';
  return { create: '+ make', delete: '- delete', update: '~ change' }[actions[0] as string];
}

/** The fields of an update, with what they were and become. Nothing in this stack is secret. */
function changedFields({
  actions,
  before,
  after,
  after_unknown = {},
}: ResourceChange['change']): readonly string[] {
  if (!actions.includes('update') || before === null || after === null) return [];
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    // tags_all repeats tags.
    .filter((field) => field !== 'tags_all' && after_unknown[field] !== true)
    .filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
  return changed.map((field) => `      ${field}: ${difference(field, before, after)}`);
}

function difference(field: string, before: Values, after: Values): string {
  if (field === 'tags') return tagDifference(before.tags ?? {}, after.tags ?? {});
  const [old, now] = [before[field], after[field]].map((value) => short(value));
  return old === now ? 'changed' : `${old} → ${now}`;
}

function tagDifference(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys
    .filter((key) => before[key] !== after[key])
    .map((key) => `${key} ${before[key] ?? '(none)'} → ${after[key] ?? '(none)'}`)
    .join(', ');
}

/** Longer values, such as policies, are cut. */
const SHORT = 240;

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return text.length <= SHORT ? text : `${text.slice(0, SHORT)}…`;
}
