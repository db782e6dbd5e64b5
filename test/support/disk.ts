/** A folder for files of one test, removed when it ends. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'forewarm-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
