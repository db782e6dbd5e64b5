/** What may stand in a key between other parts. BullMQ takes a name apart at colons. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

/** Whether it can name a lane of the queue. */
export function isLaneName(text: string): boolean {
  return NAME.test(text);
}
