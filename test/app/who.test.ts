import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { whoAsks } from '../../src/app/who.ts';

const fails = () => {
  throw new Error('ENOENT: no such user');
};

test.each([
  [{ USER: 'ann', LOGNAME: 'bob' }, () => 'carl', 'ann'],
  [{ USER: '', LOGNAME: 'bob' }, () => 'carl', 'bob'],
  [{ USER: '', LOGNAME: '' }, () => 'carl', 'carl'],
  [{}, () => '', 'cli'],
  [{}, fails, 'cli'],
])('whoever asks, by the environment %j and the account, is %3$s', (env, account, who) => {
  expect(whoAsks(env, account)).toBe(who);
});

test('whoever asks without an environment is the user of the process', () => {
  expect(whoAsks({})).toBe(userInfo().username);
});
