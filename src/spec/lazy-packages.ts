import { createRequire } from 'node:module';
import type * as Ajv from 'ajv';
import type * as Levenshtein from 'fastest-levenshtein';
import type * as Yaml from 'yaml';

// Together these take longer to load than a whole run with nothing to do may take, and such a run needs none of them.
const load = createRequire(import.meta.url);

export const yamlPackage = () => load('yaml') as typeof Yaml;
export const ajvPackage = () => load('ajv') as typeof Ajv;
export const levenshteinPackage = () => load('fastest-levenshtein') as typeof Levenshtein;
