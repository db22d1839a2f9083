/** What a trail logs. Source: CloudTrail API reference, "EventSelector", "AdvancedFieldSelector". */
import type { AdvancedEventSelector, AdvancedFieldSelector, EventSelector } from '@aws-sdk/client-cloudtrail';

/** How much of what changes keys a trail logs. */
export type Coverage =
  /** Write management events, those of KMS among them. */
  | 'all'
  /** Some only: it is filtered by more than this understands. */
  | 'some'
  /** Write management events, but KMS left out. */
  | 'without-kms'
  | 'none';

/** A trail's selectors, of which it has one kind or the other. */
export interface Selectors {
  readonly EventSelectors?: readonly EventSelector[] | undefined;
  readonly AdvancedEventSelectors?: readonly AdvancedEventSelector[] | undefined;
}

const KMS = 'kms.amazonaws.com';
const ORDER: readonly Coverage[] = ['all', 'some', 'without-kms', 'none'];

/** What selectors cover together: events are logged when any of them takes them. */
export function coverageOf({ EventSelectors = [], AdvancedEventSelectors = [] }: Selectors): Coverage {
  return bestOf([...EventSelectors.map(ofBasic), ...AdvancedEventSelectors.map(ofAdvanced)]);
}

/** The best of several. */
export function bestOf(coverages: readonly Coverage[]): Coverage {
  return ORDER.find((one) => coverages.includes(one)) ?? 'none';
}

function ofBasic(selector: EventSelector): Coverage {
  const {
    IncludeManagementEvents = true,
    ReadWriteType = 'All',
    ExcludeManagementEventSources = [],
  } = selector;
  if (!IncludeManagementEvents || ReadWriteType === 'ReadOnly') return 'none';
  return ExcludeManagementEventSources.includes(KMS) ? 'without-kms' : 'all';
}

function ofAdvanced({ FieldSelectors = [] }: AdvancedEventSelector): Coverage {
  const management = FieldSelectors.some(
    (one) => one.Field === 'eventCategory' && one.Equals?.includes('Management') === true,
  );
  return management ? worstOf(FieldSelectors.map(ofField)) : 'none';
}

function ofField(field: AdvancedFieldSelector): Coverage {
  switch (field.Field) {
    case 'eventCategory':
      return 'all';
    case 'readOnly':
      return takes(field, 'false') ? 'all' : 'none';
    case 'eventSource':
      return takes(field, KMS) ? 'all' : 'without-kms';
    default:
      return 'some';
  }
}

function takes(field: AdvancedFieldSelector, value: string): boolean {
  const { Equals, StartsWith, EndsWith, NotEquals = [], NotStartsWith = [], NotEndsWith = [] } = field;
  const asked = Equals !== undefined || StartsWith !== undefined || EndsWith !== undefined;
  const wanted =
    !asked ||
    Equals?.includes(value) === true ||
    StartsWith?.some((text) => value.startsWith(text)) === true ||
    EndsWith?.some((text) => value.endsWith(text)) === true;
  const refused =
    NotEquals.includes(value) ||
    NotStartsWith.some((text) => value.startsWith(text)) ||
    NotEndsWith.some((text) => value.endsWith(text));
  return wanted && !refused;
}

function worstOf(coverages: readonly Coverage[]): Coverage {
  return ORDER.findLast((one) => coverages.includes(one)) ?? 'none';
}
