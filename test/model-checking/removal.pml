/*
 * The removal protocol, small enough to be tried in every order: a session, a link actor that may die once and has a
 * successor, and two threads that look symbols up, remove and transfer trackers, and call what they were given. One unit
 * defines one symbol; a tracker is its own key, and there is one that owns nothing at first.
 *
 * Spin looks for deadlocks and for assertions that fail: every ask is answered once, nothing is freed under a call or called
 * after, and when all is quiet no allocation is in flight and whatever is filed is filed under its symbol's live tracker. One
 * port is one channel; between two channels nothing is promised. Each BUG_ leaves out a rule of the protocol, and must be
 * found.
 */
#ifndef UNITS
#define UNITS 1
#endif
#ifndef OPERATIONS
#define OPERATIONS 2
#endif
#ifndef DEATHS
#define DEATHS 1
#endif
#define CLIENTS 2
#define TRACKERS (UNITS + 1)
#define NONE 255
#define PLACES (2 * UNITS + 2 * TRACKERS)

/* Names of the protocol's catalogue. */
mtype = {
  lookup, removeTracker, transferTo,
  materialize, claimResourceKey, notifyEmitted, currentKeys,
  handleRemoveResources, handleTransferResources,
  retract, quiescent
}

#define ASK 0
#define REPLY 1

/* An ask with its arguments; a reply, and whether it is good. */
chan fromClient[CLIENTS] = [1] of { mtype, byte, byte }
chan toClient[CLIENTS] = [1] of { mtype, bool }
chan fromLinker = [PLACES] of { bit, mtype, byte }
chan toLinker = [PLACES] of { bit, mtype, byte, byte }
chan toExecutor[CLIENTS] = [UNITS] of { mtype, byte }
chan fromExecutor[CLIENTS] = [UNITS] of { mtype, byte }
#ifdef BUG_SIDE_CHANNEL
/* Grants come on a port of their own. */
chan grants = [PLACES] of { bit, mtype, byte, byte }
#else
#define grants toLinker
#endif

/* ---- of the session */
mtype:symbol = { lazy, materializing, ready, failed, gone }
mtype:symbol symbol[UNITS]
byte owner[UNITS]
/* Sets of clients: who looks the symbol up; who removes the tracker, and whose lookups fail when the linker has answered. */
byte waiting[UNITS]
byte removing[TRACKERS]
byte failing[TRACKERS]
bool defunct[TRACKERS]
/* Where resources of a key are filed by now. */
byte current[TRACKERS]

/* ---- of the linker: what the arenas hold, which outlives it */
mtype:memory = { free, inFlight, filed, retired }
mtype:memory memory[UNITS]
byte key[UNITS]
byte acknowledged[UNITS]
bool linkerIsDead

/* ---- of the threads */
bool asking[CLIENTS]
bool isInside[CLIENTS]
byte inside[CLIENTS]
byte finished

/* Scratch of one atomic step, and so of no state. */
hidden byte m, n, a, b, u, k, isGood
hidden mtype request

inline answer(to, what, good) {
  assert(asking[to] && nfull(toClient[to]));
  toClient[to] ! what, good
}

inline answerAll(clients, what, good) {
  if :: clients & 1 -> answer(0, what, good) :: else fi;
  if :: clients & 2 -> answer(1, what, good) :: else fi;
  clients = 0
}

inline lookUp(from, unit) {
  if
  :: symbol[unit] == ready -> answer(from, lookup, true)
  :: symbol[unit] == failed || symbol[unit] == gone -> answer(from, lookup, false)
  :: symbol[unit] == materializing -> waiting[unit] = waiting[unit] | (1 << from)
  :: symbol[unit] == lazy ->
    waiting[unit] = 1 << from;
    symbol[unit] = materializing;
    toLinker ! ASK, materialize, unit, owner[unit]
  fi
}

inline remove(from, tracker) {
  if
  :: defunct[tracker] && removing[tracker] == 0 -> answer(from, removeTracker, true)
  :: defunct[tracker] && removing[tracker] != 0 -> removing[tracker] = removing[tracker] | (1 << from)
  :: !defunct[tracker] ->
    defunct[tracker] = true;
    removing[tracker] = 1 << from;
    for (n : 0 .. UNITS - 1) {
      if
      :: owner[n] == tracker ->
#ifndef BUG_NO_DEFUNCT_CHECK
        symbol[n] = gone;
        failing[tracker] = failing[tracker] | waiting[n];
        waiting[n] = 0
#else
        if
        :: symbol[n] != materializing -> symbol[n] = gone
        :: else
        fi
#endif
      :: else
      fi
    }
    for (n : 0 .. TRACKERS - 1) { if :: current[n] == tracker -> current[n] = NONE :: else fi }
    toLinker ! ASK, handleRemoveResources, tracker, 0
  fi
}

inline transfer(from, source, destination) {
  if
  :: defunct[source] || defunct[destination] -> answer(from, transferTo, false)
  :: else ->
    defunct[source] = true;
    for (n : 0 .. UNITS - 1) { if :: owner[n] == source -> owner[n] = destination :: else fi }
    for (n : 0 .. TRACKERS - 1) { if :: current[n] == source -> current[n] = destination :: else fi }
    toLinker ! ASK, handleTransferResources, destination, source;
    answer(from, transferTo, true)
  fi
}

/* The managers have retired: now the queries fail, then the removal is answered. */
inline removed(tracker) {
  answerAll(failing[tracker], lookup, false);
  answerAll(removing[tracker], removeTracker, true)
}

/* After whatever the linker said before it died. What was sent to it is lost. */
inline linkerClosed() {
  for (m : 0 .. UNITS - 1) {
    if
#ifndef BUG_DEATH_STRANDS
    :: symbol[m] == materializing -> symbol[m] = failed; answerAll(waiting[m], lookup, false)
#endif
    :: else
    fi
  }
  for (m : 0 .. TRACKERS - 1) { removed(m) }
  do :: toLinker ? _, _, _, _ :: empty(toLinker) -> break od;
#ifdef BUG_SIDE_CHANNEL
  do :: grants ? _, _, _, _ :: empty(grants) -> break od;
#endif
  linkerIsDead = false
}

inline clientSaid(from) {
  if
  :: request == lookup -> lookUp(from, a)
  :: request == removeTracker -> remove(from, a)
  :: request == transferTo -> transfer(from, a, b)
  fi
}

active proctype Session() {
end:
  do
  :: atomic { fromClient[0] ? request, a, b -> clientSaid(0) }
  :: atomic { fromClient[1] ? request, a, b -> clientSaid(1) }
  :: atomic { fromLinker ? ASK, claimResourceKey, a ->
       if
       :: symbol[a] == materializing -> grants ! REPLY, claimResourceKey, a, owner[a]
       :: else -> grants ! REPLY, claimResourceKey, a, NONE
       fi }
  :: atomic { fromLinker ? ASK, notifyEmitted, a ->
       if
       :: symbol[a] == materializing -> symbol[a] = ready; answerAll(waiting[a], lookup, true)
       :: else
       fi }
  :: atomic { fromLinker ? ASK, currentKeys, a -> toLinker ! REPLY, currentKeys, a, current[a] }
  :: atomic { fromLinker ? REPLY, handleRemoveResources, a -> removed(a) }
  :: atomic { linkerIsDead && empty(fromLinker) -> linkerClosed() }
  od
}

/* Unreachable for new calls; freed when no thread can be inside. */
inline retire(unit) {
#ifdef BUG_FREE_UNDER_CALL
  release(unit);
#else
  memory[unit] = retired;
  acknowledged[unit] = 0;
#endif
  toExecutor[0] ! retract, unit;
  toExecutor[1] ! retract, unit
}

inline release(unit) {
  assert(!(isInside[0] && inside[0] == unit));
  assert(!(isInside[1] && inside[1] == unit));
  memory[unit] = free
}

/* Everything is written and every thread can reach it before the session hears: what is filed outlives the linker. */
inline publish(unit) {
  hasJob[unit] = false;
  memory[unit] = filed;
  fromLinker ! ASK, claimResourceKey, unit;
  fromLinker ! ASK, notifyEmitted, unit
}

inline refile(source, destination) {
  for (n : 0 .. UNITS - 1) {
    if
    :: memory[n] == filed && key[n] == source ->
      if
      :: destination == NONE -> retire(n)
      :: else -> key[n] = destination
      fi
    :: else
    fi
  }
}

inline acknowledge(from, unit) {
  acknowledged[unit] = acknowledged[unit] | (1 << from);
  if
  :: memory[unit] == retired && acknowledged[unit] == 3 -> release(unit)
  :: else
  fi
}

/* The arenas say what is in flight. What the successor is not told of by the session, it asks. */
inline die() {
  deaths++;
  linkerIsDead = true;
  for (n : 0 .. UNITS - 1) { hasJob[n] = false }
  for (n : 0 .. CLIENTS - 1) {
    do :: toExecutor[n] ? _, _ :: fromExecutor[n] ? _, _ :: empty(toExecutor[n]) && empty(fromExecutor[n]) -> break od
  }
}

inline succeed() {
  for (n : 0 .. UNITS - 1) {
    if
#ifndef BUG_IN_FLIGHT_STAYS
    :: memory[n] == inFlight -> memory[n] = free
#endif
#ifndef BUG_MISSED_REMOVAL
    :: memory[n] == filed -> fromLinker ! ASK, currentKeys, key[n]
#endif
    :: memory[n] == retired -> retire(n)
    :: else
    fi
  }
}

active proctype Linker() {
  byte deaths;
  bool hasJob[UNITS];
end:
  do
  :: atomic { toLinker ? ASK, materialize, u, k -> memory[u] = inFlight; key[u] = k; hasJob[u] = true }
  :: atomic { hasJob[0] -> publish(0) }
#if UNITS > 1
  :: atomic { hasJob[1] -> publish(1) }
#endif
  :: atomic { grants ? REPLY, claimResourceKey, u, k ->
       if
       :: memory[u] == filed && k == NONE -> retire(u)
       :: memory[u] == filed && k != NONE -> key[u] = k
       :: else
       fi }
  :: atomic { toLinker ? ASK, handleRemoveResources, k, _ ->
       refile(k, NONE);
       fromLinker ! REPLY, handleRemoveResources, k }
  :: atomic { toLinker ? ASK, handleTransferResources, k, u ->
#ifdef BUG_UNKNOWN_DESTINATION
       /* Resources go only to a key under which something is filed already. */
       if
       :: memory[0] == filed && key[0] == k -> refile(u, k)
       :: else
       fi
#else
       refile(u, k)
#endif
     }
  :: atomic { toLinker ? REPLY, currentKeys, k, u -> refile(k, u) }
  :: atomic { fromExecutor[0] ? quiescent, u -> acknowledge(0, u) }
  :: atomic { fromExecutor[1] ? quiescent, u -> acknowledge(1, u) }
  :: atomic { deaths < DEATHS -> die() }; atomic { !linkerIsDead -> succeed() }
  od
}

/* A thread's calls find out about a retraction when its event loop runs, and never in the middle of a call. */
inline hear() {
  atomic { toExecutor[self] ? retract, u -> isRetracted[u] = true; fromExecutor[self] ! quiescent, u }
}

inline say(what, first, second) {
  atomic { asking[self] = true; fromClient[self] ! what, first, second }
}

inline call(unit) {
  if
  :: atomic { !isRetracted[unit] -> assert(memory[unit] != free); inside[self] = unit; isInside[self] = true };
     atomic { isInside[self] = false; inside[self] = 0 }
  :: isRetracted[unit]
  fi
}

proctype Client(byte self) {
  byte operations, x, y;
  bool isRetracted[UNITS], hasFound;
  do
  :: operations < OPERATIONS ->
    operations++;
    if
    :: select(x : 0 .. UNITS - 1) -> say(lookup, x, 0)
    :: select(x : 0 .. TRACKERS - 1) -> say(removeTracker, x, 0)
    :: select(x : 0 .. TRACKERS - 1) -> select(y : 0 .. TRACKERS - 1) ->
       if
       :: x != y -> say(transferTo, x, y)
       :: else -> say(removeTracker, x, 0)
       fi
    fi;
    y = 0;
    do
    :: hear()
    :: atomic { toClient[self] ? request, isGood ->
         asking[self] = false; hasFound = (request == lookup && isGood); break }
    od;
    if
    :: hasFound -> call(x); hasFound = false
    :: else
    fi;
    x = 0
  :: operations == OPERATIONS -> break
  od;
  finished++;
end:
  do :: hear() od
}

/* Begins with each unit under a tracker of its own; judges when nobody can do anything any more. */
init {
  atomic {
    for (n : 0 .. UNITS - 1) { symbol[n] = lazy; memory[n] = free; owner[n] = n }
    for (n : 0 .. TRACKERS - 1) { current[n] = n }
    run Client(0);
    run Client(1)
  }
  timeout;
  assert(finished == CLIENTS);
  for (n : 0 .. UNITS - 1) {
    assert(memory[n] != inFlight && memory[n] != retired);
    assert(memory[n] != filed || (key[n] == owner[n] && !defunct[key[n]]));
    assert(symbol[n] != ready || memory[n] == filed)
  }
}
