/** Methods whose code is loaded when one of them is called first: loading it takes longer than most processes work with it. */

/** An interface of methods, each of which returns a promise. */
type Promising<M> = { readonly [N in keyof M]: (...given: never[]) => Promise<unknown> };

type Call = (...given: readonly unknown[]) => Promise<unknown>;

/** `names`: those of all methods, since nothing else can say so before they are loaded. They are loaded once. */
export function onDemand<M extends Promising<M>>(
  names: Readonly<Record<keyof M, true>>,
  load: () => Promise<M>,
): M {
  let loaded: Promise<M> | undefined;
  const all = Object.keys(names).map((name) => {
    const call: Call = async (...given) => {
      loaded ??= load();
      // `names` has the methods of `M` and nothing else.
      const methods = (await loaded) as Readonly<Record<string, unknown>>;
      return (methods[name] as Call)(...given);
    };
    return [name, call] as const;
  });
  // One for each name.
  return Object.fromEntries(all) as Readonly<Record<string, unknown>> as M;
}
