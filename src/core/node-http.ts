/**
 * `node:http`, not by way of an import: to make an ES module of it, Node reads each of its exports, and `WebSocket` among them loads
 * a whole HTTP client, which takes some 15 ms of processor time at each start.
 */
export const http = process.getBuiltinModule('node:http');
