import { Box, Text } from 'ink';
import { type ReactNode, useState } from 'react';
import { isWaxsealError } from '../../../src/errors.ts';
import { Confirm } from '../components/confirm.tsx';
import type { KeyHint } from '../components/footer.tsx';
import { Spinner } from '../components/spinner.tsx';
import { escapeText } from '../escape.ts';
import { describeError, describeWrite, moment } from '../format.ts';
import type { UndoAsked } from '../screen.ts';
import { useSession } from '../session.ts';
import { useTheme } from '../theme.ts';

/** The keys of the question before an older value is given again. */
export const UNDO_KEYS: readonly KeyHint[] = [
  ['y', 'do it'],
  ['n', 'not now'],
  ['Esc', 'back'],
];

/** Asks before a secret gets an older value again, and does it. */
export function UndoScreen({ name, on, to }: UndoAsked): ReactNode {
  const { vault, dispatch, active } = useSession();
  const theme = useTheme();
  const [writing, setWriting] = useState(false);

  const undo = async (): Promise<void> => {
    setWriting(true);
    dispatch({ type: 'say', status: undefined });
    dispatch({ type: 'writing', writing: true });
    try {
      // The answer is about what the history showed.
      const request = { expectRevision: on };
      const result = await (to === undefined
        ? vault.undelete(name, request)
        : vault.rollbackSecret(name, to, request));
      const said = describeWrite(to === undefined ? 'undeleted' : 'rolled back', result, vault.regions);
      const { expiresAt } = result;
      const expired = expiresAt !== undefined && expiresAt <= Date.now();
      const message = expired ? `${said.message}; it expired ${moment(expiresAt)}` : said.message;
      const tone = result.behind.length === 0 && !expired ? 'done' : 'warning';
      dispatch({ type: 'written', name, status: { tone, message, hint: said.hint } });
    } catch (error) {
      setWriting(false);
      if (isWaxsealError(error, 'conflict', 'already_exists')) {
        const { message } = describeError(error);
        const hint = 'the list is being reloaded: look at its history again';
        dispatch({
          type: 'written',
          status: { tone: 'error', message: `nothing was written: ${message}`, hint },
        });
        return;
      }
      dispatch({ type: 'writing', writing: false });
      dispatch({ type: 'say', status: { tone: 'error', ...describeError(error) } });
    }
  };

  const what = to === undefined ? 'undelete' : 'roll back';
  return (
    <Box flexDirection="column">
      <Text wrap="truncate" {...theme.strong}>{`${what} ${escapeText(name)}`}</Text>
      <Text> </Text>
      {writing ? (
        <Spinner label="writing" />
      ) : (
        <Confirm
          question={to === undefined ? 'undelete it?' : `roll back to the value of revision ${to}?`}
          details={[
            `this writes a new revision on top of revision ${on}, in every region`,
            to === undefined
              ? 'it has the value and expiry from before the deletion'
              : `it has the value and expiry of revision ${to}`,
            'the history keeps what is there now',
          ]}
          active={active}
          onYes={() => void undo()}
          onNo={() => dispatch({ type: 'back' })}
        />
      )}
    </Box>
  );
}
