import { Box, Text } from 'ink';
import { type ReactNode, useState } from 'react';
import { isWaxsealError } from '../../../src/errors.ts';
import { findSecret } from '../app-state.ts';
import { Confirm } from '../components/confirm.tsx';
import type { KeyHint } from '../components/footer.tsx';
import { Spinner } from '../components/spinner.tsx';
import { escapeText } from '../escape.ts';
import { describeError, describeWrite } from '../format.ts';
import { useSession } from '../session.ts';
import { useTheme } from '../theme.ts';

/** The keys of the question before a deletion. */
export const DELETE_KEYS: readonly KeyHint[] = [
  ['y', 'delete'],
  ['n', 'keep'],
  ['Esc', 'back'],
];

/** Asks before a secret is deleted, and deletes it. */
export function DeleteScreen({ name }: { readonly name: string }): ReactNode {
  const { vault, state, dispatch, active } = useSession();
  const theme = useTheme();
  const [deleting, setDeleting] = useState(false);
  // The revision as it was when the question was asked: a yes is about that one.
  const [secret] = useState(() => findSecret(state, name));

  const remove = async (): Promise<void> => {
    setDeleting(true);
    dispatch({ type: 'say', status: undefined });
    dispatch({ type: 'writing', writing: true });
    try {
      const checked = secret?.problem === undefined ? secret?.revision : undefined;
      const result = await vault.delete(name, { expectRevision: checked });
      const tone = result.behind.length === 0 ? 'done' : 'warning';
      dispatch({ type: 'written', status: { tone, ...describeWrite('deleted', result, vault.regions) } });
    } catch (error) {
      setDeleting(false);
      if (isWaxsealError(error, 'conflict', 'not_found')) {
        const { message } = describeError(error);
        const hint = 'the list is being reloaded: look at it again before you delete it';
        dispatch({ type: 'written', status: { tone: 'error', message: `not deleted: ${message}`, hint } });
        return;
      }
      dispatch({ type: 'writing', writing: false });
      dispatch({ type: 'say', status: { tone: 'error', ...describeError(error) } });
    }
  };

  return (
    <Box flexDirection="column">
      <Text wrap="truncate" {...theme.strong}>{`delete ${escapeText(name)}`}</Text>
      <Text> </Text>
      {deleting ? (
        <Spinner label="deleting" />
      ) : (
        <Confirm
          question="delete it?"
          details={[
            `this writes a tombstone on top of revision ${secret?.revision ?? '?'}, in every region`,
            'the history keeps the old revisions',
            'whatever starts with this vault after that does without it',
          ]}
          active={active}
          onYes={() => void remove()}
          onNo={() => dispatch({ type: 'back' })}
        />
      )}
    </Box>
  );
}
