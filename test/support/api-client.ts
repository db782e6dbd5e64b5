/** Calls the control API of a process. */
import type { Forewarm } from './forewarm-process.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

export class ApiClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Of a process that has started. */
  static of(process: Forewarm): ApiClient {
    return new ApiClient(String(process.said.find(({ event }) => event === 'started')?.apiUrl));
  }

  async call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<ApiAnswer> {
    const json = { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(this.#url + path, { method, ...(body !== undefined && json) });
    return { status: response.status, headers: response.headers, body: await response.text() };
  }

  /** The body of a call that must succeed; its type is not checked. */
  async json<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<T> {
    const answer = await this.call(method, path, body);
    if (answer.status < 300) return JSON.parse(answer.body) as T;
    throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
  }

  /** The stored value of a key. */
  entry(key: string): Promise<ApiAnswer> {
    return this.call('GET', `/v1/entries/${encodeURIComponent(key)}`);
  }
}
