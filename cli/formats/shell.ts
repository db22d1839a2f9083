/** Writes variables for a POSIX shell to read with `eval`. */
import { WaxsealError } from '../../src/errors.ts';
import { quoteName } from '../../src/secret-name.ts';

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * A line for each variable: `export NAME='...'`. Between single quotes a shell takes everything as it is, line
 * breaks too; only the single quote itself has to step outside.
 * @throws WaxsealError `invalid_name` for a name that would be read as something other than a name
 * @throws WaxsealError `usage` for a value with NUL, which no shell variable holds
 */
export function toShellExports(variables: ReadonlyMap<string, string>): string {
  let script = '';
  for (const [name, value] of variables) {
    if (!VARIABLE.test(name)) {
      throw new WaxsealError('invalid_name', `${quoteName(name)} is not a name that a shell accepts`, {
        hint: 'use letters, digits and "_", and no digit in front',
      });
    }
    if (value.includes('\0')) {
      throw new WaxsealError(
        'usage',
        `the value of ${name} holds a NUL character, which no shell variable can`,
        {
          hint: 'read its bytes with waxseal get',
        },
      );
    }
    script += `export ${name}='${value.replaceAll("'", "'\\''")}'\n`;
  }
  return script;
}
