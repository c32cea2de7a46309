// LLVM's own session at the work that session.ts gives to Worc's. Reads a command a line from standard input, does it, and
// answers with a line: "done NS", nanoseconds of one operation or of the whole, or "stopped NS STEPS" where a time limit ended
// it, and the process too: what was begun would take as long to take down. Names are interned, and maps of flags and
// addresses made, outside the measured time.
#include "held-unit.h"
#include "llvm/Support/Error.h"
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <thread>

using namespace llvm;
using namespace llvm::orc;

namespace {

using Clock = std::chrono::steady_clock;

ExitOnError check("orc-peer: ");

[[noreturn]] void fail(const std::string &Why) {
  std::cerr << "orc-peer: " << Why << std::endl;
  std::_Exit(1);
}

double nanosecondsSince(Clock::time_point Start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - Start).count();
}

/** What one client has to do the same unit with, over and over. */
struct Subject {
  ExecutionSession &ES;
  JITDylib &JD;
  SymbolFlagsMap Flags;
  SymbolMap Addresses;
  SymbolLookupSet Wanted;

  Subject(ExecutionSession &ES, JITDylib &JD, const std::string &Prefix, size_t Symbols) : ES(ES), JD(JD) {
    Names Interned = internNames(ES, Prefix, Symbols);
    Flags = flagsOf(Interned);
    Addresses = addressesOf(Interned);
    Wanted = SymbolLookupSet(Interned);
  }

  void defineAndRemove() {
    auto Tracker = define([](Responsibility) {});
    check(Tracker->remove());
  }

  /** With other threads on the session, theirs may be the one that runs the unit, or the one that completes the lookup. */
  void materializeAndRemove() {
    auto Tracker = define([this](Responsibility R) {
      check(R->notifyResolved(Addresses));
      check(R->notifyEmitted({}));
    });
    std::atomic<bool> IsReady{false};
    ES.lookup(LookupKind::Static, {{&JD, JITDylibLookupFlags::MatchAllSymbols}}, Wanted, SymbolState::Ready,
              [&IsReady](Expected<SymbolMap> Found) { check(Found.takeError()), IsReady = true; },
              NoDependenciesToRegister);
    while (!IsReady) std::this_thread::yield();
    check(Tracker->remove());
  }

private:
  ResourceTrackerSP define(Holder Hold) {
    auto Tracker = JD.createResourceTracker();
    check(JD.define(std::make_unique<HeldUnit>(Flags, std::move(Hold)), Tracker));
    return Tracker;
  }
};

using Operation = void (Subject::*)();

double repeat(Operation Run, size_t Symbols, size_t Count) {
  auto ES = makeSession();
  Subject S(*ES, ES->createBareJITDylib("main"), "symbol", Symbols);
  auto Start = Clock::now();
  for (size_t N = 0; N < Count; ++N) (S.*Run)();
  double Took = nanosecondsSince(Start);
  check(ES->endSession());
  return Took / Count;
}

/** Threads on one session, each with names of its own; the time of all, by operations of all. */
double contend(Operation Run, size_t Threads, size_t Symbols, size_t Count) {
  auto ES = makeSession();
  auto &JD = ES->createBareJITDylib("main");
  std::vector<std::unique_ptr<Subject>> Subjects;
  for (size_t T = 0; T < Threads; ++T)
    Subjects.push_back(std::make_unique<Subject>(*ES, JD, "thread" + std::to_string(T) + "_", Symbols));
  std::vector<std::thread> Running;
  auto Start = Clock::now();
  for (auto &S : Subjects)
    Running.emplace_back([&S, Run, Count] {
      for (size_t N = 0; N < Count; ++N) (*S.*Run)();
    });
  for (auto &T : Running) T.join();
  double Took = nanosecondsSince(Start);
  check(ES->endSession());
  return Took / (Count * Threads);
}

/** A tracker each for so many units, none asked for. */
std::vector<ResourceTrackerSP> defineLazy(ExecutionSession &ES, JITDylib &JD, size_t Units, size_t Symbols) {
  std::vector<ResourceTrackerSP> Trackers;
  for (size_t N = 0; N < Units; ++N) {
    Trackers.push_back(JD.createResourceTracker());
    auto Flags = flagsOf(internNames(ES, "unit" + std::to_string(N) + "_", Symbols));
    check(JD.define(std::make_unique<HeldUnit>(std::move(Flags), [](Responsibility) {}), Trackers.back()));
  }
  return Trackers;
}

/** Runs steps until a limit. What stopped leaves at once. */
template <typename Step> double runSteps(size_t Count, double LimitNanoseconds, Step Run) {
  auto Start = Clock::now();
  for (size_t N = 0; N < Count; ++N) {
    if (nanosecondsSince(Start) > LimitNanoseconds) {
      std::cout << "stopped " << std::to_string(nanosecondsSince(Start)) << " " << N << std::endl;
      std::_Exit(0);
    }
    Run(N);
  }
  return nanosecondsSince(Start);
}

double transfers(size_t Units, double LimitNanoseconds) {
  auto ES = makeSession();
  auto &JD = ES->createBareJITDylib("main");
  auto Trackers = defineLazy(*ES, JD, Units, 1);
  auto Default = JD.getDefaultResourceTracker();
  double Took = runSteps(Units, LimitNanoseconds, [&](size_t N) { Trackers[N]->transferTo(*Default); });
  check(ES->endSession());
  return Took;
}

double clear(size_t Units, size_t Symbols) {
  auto ES = makeSession();
  auto &JD = ES->createBareJITDylib("main");
  auto Trackers = defineLazy(*ES, JD, Units, Symbols);
  auto Start = Clock::now();
  check(JD.clear());
  double Took = nanosecondsSince(Start);
  check(ES->endSession());
  return Took;
}

struct Emission {
  size_t Symbol;
  std::vector<size_t> Dependences;
};

/** All symbols, a unit each, are materializing and resolved; emitted one by one, in the order given, which is measured. */
double emitAll(const std::vector<Emission> &Emissions, double LimitNanoseconds) {
  auto ES = makeSession();
  auto &JD = ES->createBareJITDylib("main");
  Names Interned = internNames(*ES, "symbol", Emissions.size());
  std::vector<Responsibility> Held(Emissions.size());
  for (size_t N = 0; N < Interned.size(); ++N)
    check(JD.define(std::make_unique<HeldUnit>(flagsOf({Interned[N]}),
                                               [&Held, N](Responsibility R) { Held[N] = std::move(R); })));
  bool IsReady = false;
  ES->lookup(LookupKind::Static, {{&JD, JITDylibLookupFlags::MatchAllSymbols}}, SymbolLookupSet(Interned),
             SymbolState::Ready, [&IsReady](Expected<SymbolMap> Found) { check(Found.takeError()), IsReady = true; },
             NoDependenciesToRegister);
  for (size_t N = 0; N < Held.size(); ++N) check(Held[N]->notifyResolved(addressesOf({Interned[N]}, 0x1000 + N)));

  std::vector<SymbolDependenceGroup> Groups(Emissions.size());
  for (size_t N = 0; N < Groups.size(); ++N) {
    Groups[N].Symbols = {Interned[Emissions[N].Symbol]};
    for (size_t Dependence : Emissions[N].Dependences) Groups[N].Dependencies[&JD].insert(Interned[Dependence]);
  }
  double Took = runSteps(Groups.size(), LimitNanoseconds, [&](size_t N) {
    auto &R = Held[Emissions[N].Symbol];
    check(Groups[N].Dependencies.empty() ? R->notifyEmitted({}) : R->notifyEmitted(Groups[N]));
  });
  if (!IsReady) fail("the lookup has not completed");
  Held.clear();
  check(ES->endSession());
  return Took;
}

/** Emission N emits Symbol; what it depends on follows, all on one line: "3 1,2 4 0 -". */
std::vector<Emission> readEmissions(std::istream &In, size_t Count) {
  std::vector<Emission> Emissions(Count);
  for (auto &[Symbol, Dependences] : Emissions) {
    std::string List;
    In >> Symbol >> List;
    if (List == "-") continue;
    std::istringstream Numbers(List);
    for (std::string Number; std::getline(Numbers, Number, ',');) Dependences.push_back(std::stoul(Number));
  }
  return Emissions;
}

Operation operationNamed(const std::string &Name) {
  if (Name == "defineAndRemove") return &Subject::defineAndRemove;
  if (Name == "materializeAndRemove") return &Subject::materializeAndRemove;
  fail("no operation " + Name);
}

double run(const std::string &Line) {
  std::istringstream In(Line);
  std::string Command, Name;
  size_t Threads = 0, Units = 0, Symbols = 0, Count = 0;
  double LimitMs = 0;
  In >> Command;
  if (Command == "repeat" && In >> Name >> Symbols >> Count) return repeat(operationNamed(Name), Symbols, Count);
  if (Command == "contend" && In >> Name >> Threads >> Symbols >> Count)
    return contend(operationNamed(Name), Threads, Symbols, Count);
  if (Command == "transfers" && In >> LimitMs >> Units) return transfers(Units, LimitMs * 1e6);
  if (Command == "clear" && In >> Units >> Symbols) return clear(Units, Symbols);
  if (Command == "emit" && In >> LimitMs >> Count) return emitAll(readEmissions(In, Count), LimitMs * 1e6);
  fail("no such command: " + Line.substr(0, 100));
}

} // namespace

int main() {
  for (std::string Line; std::getline(std::cin, Line);) {
    double Nanoseconds = run(Line);
    std::cout << "done " << std::to_string(Nanoseconds) << std::endl;
  }
}
