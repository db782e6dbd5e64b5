/**
 * A liar keeps a contract but for what it lies about. Each clause of a contract suite has one, which it must catch: a
 * clause that no broken implementation fails proves nothing.
 */
export function liar<T extends object>(honest: T, lies: Partial<T>): T {
  return new Proxy(honest, {
    get(target, name) {
      const member: unknown = Reflect.get(lies, name) ?? Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
