/** As places.test.ts, for secrets that lie in several parameters. */
import { LARGES } from './support/places-large.ts';
import { testPlaces } from './support/places-suite.ts';

// Their calls are many and alike, part by part.
testPlaces(LARGES, 8);
