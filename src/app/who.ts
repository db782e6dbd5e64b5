import { userInfo } from 'node:os';

/** The user on whose behalf a command acts, for records that people read; `cli` where the system names none. */
export function whoAsks(
  { USER, LOGNAME }: NodeJS.ProcessEnv,
  accountName: () => string = () => userInfo().username,
): string {
  return USER || LOGNAME || named(accountName) || 'cli';
}

/** A user id without an account, as in many containers, has no name: that is an error of the system call. */
function named(accountName: () => string): string {
  try {
    return accountName();
  } catch {
    return '';
  }
}
