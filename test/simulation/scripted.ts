// A few operations in which ORC, or a prototype of ours, had a bug when they met in an unlucky order: for the bounded search. The
// tags count the bugs that seeded them. What cannot happen here has no script: locks ([S05], [S06], [S10], [S11]), threads that
// block ([S08]), recursion ([S09]), hooks inside the session ([S14], [S17]), lazy functions ([S33]); that what is announced can be
// called ([S19]) is looked at in every schedule.
import type { Scripted } from './explore.js'
import { ofEnds } from './scripted-ends.js'
import { ofTrackers } from './scripted-trackers.js'
import { ofWork } from './scripted-work.js'

export const scripted: readonly Scripted[] = [...ofTrackers, ...ofWork, ...ofEnds]
