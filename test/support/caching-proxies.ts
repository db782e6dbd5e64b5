/** nginx and Varnish in front of a control API, configured as docs/api.md and docs/console.md say. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './redis-server.ts';

export interface Proxied {
  /** Where it answers. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface ApiAddress {
  readonly port: number;
  readonly token: string;
}

/** As docs/console.md says, at the path /forewarm/. */
export function startPrefixingNginx(api: ApiAddress): Promise<Proxied> {
  return startNginx(api, 'console.md');
}

export async function startNginx(api: ApiAddress, guide = 'api.md'): Promise<Proxied> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-nginx-'));
  await mkdir(join(folder, 'cache'), { mode: 0o777 });
  const port = await freePort();
  const server = fillIn(await exampleOf('nginx', guide), {
    CACHE_FOLDER: join(folder, 'cache'),
    PROXY_ADDRESS: `127.0.0.1:${port}`,
    API_ADDRESS: `127.0.0.1:${api.port}`,
    TOKEN: api.token,
  });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const whole = `${user} daemon off; pid ${join(folder, 'pid')}; error_log stderr warn; events {}
http { access_log off; ${temporary.join(' ')}
${server} }`;
  await writeFile(join(folder, 'nginx.conf'), whole);
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf')];
  return start(program('nginx', 'nginx-light'), args, { port, folder });
}

export async function startVarnish(api: ApiAddress): Promise<Proxied> {
  const folder = await mkdtemp(join(tmpdir(), 'forewarm-varnish-'));
  const port = await freePort();
  const vcl = fillIn(await exampleOf('vcl', 'api.md'), {
    API_HOST: '127.0.0.1',
    API_PORT: String(api.port),
    TOKEN: api.token,
  });
  await writeFile(join(folder, 'default.vcl'), vcl);
  const places = ['-n', join(folder, 'work'), '-f', join(folder, 'default.vcl'), '-a', `127.0.0.1:${port}`];
  const args = ['-F', '-j', 'none', ...places, '-s', 'malloc,16m'];
  return start(program('varnishd', 'varnish'), args, { port, folder });
}

async function exampleOf(language: string, guide: string): Promise<string> {
  const text = await readFile(new URL(`../../docs/${guide}`, import.meta.url), 'utf8');
  const [, example] = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(text) ?? [];
  if (example === undefined) throw new Error(`docs/${guide} has no example in ${language}`);
  return example;
}

function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((filled, [name, value]) => filled.replaceAll(name, value), text);
}

function program(name: string, debian: string): string {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is not installed: apt-get install ${debian}`);
  return found;
}

async function start(
  path: string,
  args: readonly string[],
  { port, folder }: { readonly port: number; readonly folder: string },
): Promise<Proxied> {
  const child = spawn(path, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const url = `http://127.0.0.1:${port}`;
  await untilItAnswers(url, child, () => said);
  return {
    url,
    async stop() {
      const ended = once(child, 'exit');
      if (child.exitCode === null && child.kill()) await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilItAnswers(url: string, child: ChildProcess, said: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${said()}`);
    const status = await fetch(`${url}/v1/entries/`).then(
      (answer) => answer.status,
      () => undefined,
    );
    if (status !== undefined) return;
  }
}
