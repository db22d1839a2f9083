import { Box, Text } from 'ink';
import { type ReactNode, useMemo } from 'react';
import type { ImportProgress } from '../../../src/vault/types.ts';
import { secretsOf } from '../app-state.ts';
import { Confirm } from '../components/confirm.tsx';
import type { KeyHint } from '../components/footer.tsx';
import { SecretField } from '../components/secret-field.tsx';
import { Spinner } from '../components/spinner.tsx';
import { TextField } from '../components/text-field.tsx';
import { escapeText, wrapWords } from '../escape.ts';
import { conflictDetails, expiryProblem, type FormState, formExpiry, nameProblem } from '../form-state.ts';
import { expiry, type Problem, sentenceList, sizeText } from '../format.ts';
import { type FormControl, useForm } from '../hooks/use-form.ts';
import { type Room, useSession } from '../session.ts';
import { useTheme } from '../theme.ts';

/** The keys of the form, most needed first. */
export function formKeys(mode: 'add' | 'edit'): readonly KeyHint[] {
  const shared: readonly KeyHint[] = [
    ['Enter', mode === 'add' ? 'next, save' : 'save'],
    ['Esc', 'cancel'],
    ['Ctrl-R', 'show or mask'],
  ];
  const tab: KeyHint = ['Tab', 'other field'];
  const own: readonly KeyHint[] = mode === 'add' ? [tab] : [['Ctrl-O', 'take current'], tab];
  return [...shared, ...own, ['Ctrl-G', 'generate'], ['Ctrl-U', 'clear'], ['Ctrl-J', 'new line']];
}

const LABEL_WIDTH = 8;
/** Lines of the form beside the open value: title, blank, name, blank, expiry, and what is said or asked below. */
const LINES_BESIDE = 9;

/** Characters of a value that fits into one parameter under every name. */
const ALWAYS_FITS = 500;

/** Adds a secret, or gives one a new value. */
export function FormScreen({ name, width, height }: Room & { readonly name?: string }): ReactNode {
  const { vault, state, active } = useSession();
  const theme = useTheme();
  const control = useForm(name);
  const { form } = control;
  const editing = form.phase.kind === 'editing';
  const wrong = nameProblem(form, vault.path, secretsOf(state));
  // An empty name needs no telling off while it is about to be typed.
  const told = form.name.text === '' && form.field === 'name' ? undefined : wrong;
  const title = form.mode === 'add' ? `add a secret to ${vault.path}` : 'give it a new value';
  const room = width - LABEL_WIDTH;
  return (
    <Box flexDirection="column">
      <Text wrap="truncate" {...theme.strong}>
        {form.base === undefined || form.mode === 'add' ? title : `${title}, on top of revision ${form.base}`}
      </Text>
      <Text> </Text>
      <Labelled label="name">
        {form.mode === 'add' ? (
          <TextField state={form.name} focused={editing && form.field === 'name'} width={room} />
        ) : (
          <Text wrap="truncate">{escapeText(form.name.text)}</Text>
        )}
      </Labelled>
      {told === undefined ? <Text> </Text> : <ProblemText problem={told} width={width} />}
      <Labelled label="value">
        <SecretField
          state={form.value}
          shown={form.shown}
          beats={form.beats}
          focused={editing && form.field === 'value'}
          width={room}
          height={height - LINES_BESIDE}
        />
      </Labelled>
      <Labelled label="expires">
        <TextField state={form.expires} focused={editing && form.field === 'expires'} width={room} />
        {form.expires.text === '' ? <Text {...theme.faint}>never</Text> : null}
      </Labelled>
      <Text> </Text>
      <Below control={control} width={width} active={active} />
    </Box>
  );
}

function Labelled({ label, children }: { readonly label: string; readonly children?: ReactNode }): ReactNode {
  const theme = useTheme();
  return (
    <Box>
      <Box width={LABEL_WIDTH} flexShrink={0}>
        <Text {...theme.faint}>{label}</Text>
      </Box>
      {children}
    </Box>
  );
}

function ProblemText({ problem, width }: { readonly problem: Problem; readonly width: number }): ReactNode {
  const theme = useTheme();
  return (
    <>
      <Text {...theme.bad}>{wrapWords(`✗ ${problem.message}`, width).join('\n')}</Text>
      {problem.hint === undefined ? null : <Text>{wrapWords(problem.hint, width).join('\n')}</Text>}
    </>
  );
}

/** Below the fields: what the form says, does or asks. */
function Below(props: {
  readonly control: FormControl;
  readonly width: number;
  readonly active: boolean;
}): ReactNode {
  const { control, width, active } = props;
  const { form, dispatch, save, leave } = control;
  const { vault } = useSession();
  const resume = (): void => dispatch({ type: 'resume' });
  const { phase } = form;
  switch (phase.kind) {
    case 'saving':
      return <Spinner label={savingText(phase.parts, vault.regions)} />;
    case 'reading':
      return <Spinner label="opening the current value" />;
    case 'looking':
      return <Spinner label="somebody else came first: finding out who" />;
    case 'confirm-empty':
      return <Confirm question="save an empty value?" active={active} onYes={save} onNo={resume} />;
    case 'confirm-leave':
      return (
        <Confirm question="leave, and lose what you typed?" active={active} onYes={leave} onNo={resume} />
      );
    case 'conflict': {
      const { winner } = phase;
      return (
        <Confirm
          question="reload, so that yours goes on top of it?"
          details={conflictDetails(winner, Date.now())}
          active={active}
          onYes={() => dispatch({ type: 'rebase', revision: winner.revision })}
          onNo={resume}
        />
      );
    }
    case 'editing':
      return <Said form={form} width={width} />;
  }
}

function savingText(parts: ImportProgress | undefined, regions: readonly string[]): string {
  const what = `sealing it and writing it to ${sentenceList(regions)}`;
  return parts === undefined ? what : `${what}: ${parts.done} of ${parts.total} parts`;
}

function Said({ form, width }: { readonly form: FormState; readonly width: number }): ReactNode {
  const theme = useTheme();
  if (form.problem !== undefined) return <ProblemText problem={form.problem} width={width} />;
  const note = form.note === undefined ? [] : wrapWords(form.note, width);
  if (form.field === 'expires' && note.length === 0) return <ExpirySaid form={form} />;
  if (form.value.text !== '') return <SizeSaid form={form} note={note} width={width} />;
  if (note.length > 0) return <Text>{note.join('\n')}</Text>;
  if (form.field === 'name') return null;
  return (
    <Text {...theme.faint}>
      type it or paste it whole, several lines too; nothing of it shows until Ctrl-R
    </Text>
  );
}

/** What a large value takes, below what is said of it. */
function SizeSaid(props: {
  readonly form: FormState;
  readonly note: readonly string[];
  readonly width: number;
}): ReactNode {
  const { form, note, width } = props;
  const { vault } = useSession();
  const theme = useTheme();
  const { text } = form.value;
  const name = form.name.text;
  const size = useMemo(() => {
    // What is shorter fits whatever it is: a name has 1,011 characters at most.
    if (text.length < ALWAYS_FITS) return undefined;
    const bytes = new TextEncoder().encode(text);
    const said = sizeText(vault.sizeOf(name, bytes), bytes.byteLength);
    bytes.fill(0);
    return said;
  }, [vault, name, text]);
  return (
    <>
      {note.length === 0 ? null : <Text>{note.join('\n')}</Text>}
      {size === undefined ? null : <Text {...theme.faint}>{wrapWords(size, width).join('\n')}</Text>}
    </>
  );
}

/** What the expiry means that is being typed; nothing while it means nothing yet. */
function ExpirySaid({ form }: { readonly form: FormState }): ReactNode {
  const theme = useTheme();
  const now = Date.now();
  if (form.expires.text.trim() === '') {
    return <Text {...theme.faint}>such as 90d, 12h, 2w, 1y or 2027-01-31; empty for never</Text>;
  }
  if (expiryProblem(form, now) !== undefined) return null;
  return <Text {...theme.faint}>{`expires ${expiry(formExpiry(form, now), now)}`}</Text>;
}
