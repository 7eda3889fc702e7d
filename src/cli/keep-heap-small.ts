import { setFlagsFromString } from 'node:v8';
import type { EventListener } from '../migrator/events.js';

/**
 * Has V8 let less garbage lie, from the first page on. What pages leave behind grows to four times of what is held in a
 * process that lives long; a third less memory is worth some per cent of CPU (docs/design/0011-memory.md).
 *
 * V8 reads the figure at each collection, so it is early enough then, and one that does not know it ignores it. Not
 * earlier: with other flags than it was compiled for, compiled code that was kept is thrown away, which is 35 ms of start-up.
 */
export function keepHeapSmall(listener: EventListener): EventListener {
  let isSet = false;
  return (event) => {
    if (event.type === 'progress' && !isSet) {
      isSet = true;
      setFlagsFromString('--heap-growing-percent=100');
    }
    listener(event);
  };
}
