/** Environment variables as AWS's clients read them. */

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable's value; one that is set to nothing counts as not set. */
export function variable(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}

/** Whether a variable is set to anything but `false`. */
export function isOn(env: Environment, name: string): boolean {
  const value = variable(env, name);
  return value !== undefined && value.toLowerCase() !== 'false';
}
