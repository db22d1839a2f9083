/** As places.test.ts, for the commands that restore a backup. */
import { RESTORES } from './support/places-commands.ts';
import { testPlaces } from './support/places-suite.ts';

testPlaces(RESTORES);
