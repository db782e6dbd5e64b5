/** An entity set as the configuration writes it: its own options, and those of the lists that its origin's kind gives. */
import { entitySetOptions } from '../catalog/entities/options.ts';
import { listFields } from '../origins/kinds.ts';

// The types of the other fields are known to the kinds alone, by whose schemas `parts.ts` reads them.
export const entityOptions = entitySetOptions.safeExtend(listFields) as typeof entitySetOptions;
