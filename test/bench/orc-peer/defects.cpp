// What LLVM's session does where removal goes wrong, one scenario a process: whoever runs it has a time limit and sees hangs and
// crashes from outside. Prints a line with what came out where anything did. The tags are those of test/scenarios and
// test/orc; the same scenarios on Worc are in defects.ts.
#include "held-unit.h"
#include "llvm/Support/Error.h"
#include <cstdlib>
#include <iostream>
#include <map>

using namespace llvm;
using namespace llvm::orc;

namespace {

ExitOnError check("orc-peer: ");

/** A session with one dylib, whose units resolve and emit themselves unless they are held. */
struct Scene {
  std::unique_ptr<ExecutionSession> ES = makeSession();
  JITDylib &Main = ES->createBareJITDylib("main");
  Responsibility Held;

  ResourceTrackerSP tracker() { return Main.createResourceTracker(); }

  SymbolStringPtr name(const char *Name) { return ES->intern(Name); }

  Error define(const char *Name, uint64_t Address, ResourceTrackerSP Tracker = nullptr,
               JITSymbolFlags Flags = exportedCallable()) {
    Names One{name(Name)};
    return Main.define(std::make_unique<HeldUnit>(flagsOf(One, Flags),
                                                  [One, Address, Flags](Responsibility R) {
                                                    SymbolMap Map;
                                                    Map[One[0]] = {ExecutorAddr(Address), Flags};
                                                    auto Refused = R->notifyResolved(Map);
                                                    if (!Refused) Refused = R->notifyEmitted({});
                                                    if (!Refused) return;
                                                    consumeError(std::move(Refused));
                                                    R->failMaterialization();
                                                  }),
                       std::move(Tracker));
  }

  /** The responsibility goes to Held. */
  void hold(std::initializer_list<const char *> Symbols, ResourceTrackerSP Tracker = nullptr) {
    Names Held;
    for (const char *Symbol : Symbols) Held.push_back(name(Symbol));
    check(Main.define(std::make_unique<HeldUnit>(flagsOf(Held), [this](Responsibility R) { this->Held = std::move(R); }),
                      std::move(Tracker)));
  }

  /** Sets to work, and waits for nothing. */
  void begin(const char *Name, std::string *Outcome = nullptr) {
    ES->lookup(LookupKind::Static, {{&Main, JITDylibLookupFlags::MatchAllSymbols}}, SymbolLookupSet(name(Name)),
               SymbolState::Ready,
               [Outcome](Expected<SymbolMap> Found) {
                 std::string Said = Found ? "ready" : toString(Found.takeError());
                 if (Outcome) *Outcome = Said;
               },
               NoDependenciesToRegister);
  }

  /** Blocks until it is answered. */
  std::string lookup(const char *Name) {
    auto Found = ES->lookup({&Main}, name(Name));
    if (!Found) return toString(Found.takeError());
    return "found at " + std::to_string(Found->getAddress().getValue());
  }
};

std::string P04(Scene &S) {
  auto T = S.tracker();
  check(T->remove());
  if (auto Refused = S.define("Foo", 0x1000, T)) return toString(std::move(Refused));
  return S.lookup("Foo");
}

std::string P05(Scene &S) {
  S.Main.getDefaultResourceTracker()->transferTo(*S.tracker());
  check(S.define("Foo", 0x1000));
  return S.lookup("Foo");
}

std::string P07(Scene &S) {
  auto T = S.tracker();
  S.hold({"Foo", "Bar"}, T);
  S.begin("Foo");
  check(T->remove());
  consumeError(S.Held->delegate({S.name("Foo")}).takeError());
  S.Held->failMaterialization();
  S.Held.reset();
  return "refused, and failed";
}

std::string P18(Scene &S) {
  auto Source = S.tracker(), Destination = S.tracker();
  check(S.define("Foo", 0x1000, Source));
  check(Destination->remove());
  Source->transferTo(*Destination);
  return S.lookup("Foo");
}

std::string P23(Scene &S) {
  auto Weak = S.tracker(), Strong = S.tracker();
  check(S.define("Foo", 0x1000, Weak, exportedCallable() | JITSymbolFlags::Weak));
  check(S.define("Foo", 0x2000, Strong));
  check(Weak->remove());
  return S.lookup("Foo");
}

std::string P24(Scene &S) {
  auto Weak = S.tracker(), Strong = S.tracker();
  check(S.define("Foo", 0x1000, Weak, exportedCallable() | JITSymbolFlags::Weak));
  check(S.define("Foo", 0x2000, Strong));
  check(Strong->remove());
  check(Weak->remove());
  return S.lookup("Foo");
}

std::string P25(Scene &S) {
  auto Old = S.tracker(), Young = S.tracker();
  check(S.define("Foo", 0x1000, Old));
  check(S.Main.remove({S.name("Foo")}));
  check(S.define("Foo", 0x2000, Young));
  check(Old->remove());
  return S.lookup("Foo");
}

std::string P26(Scene &S) {
  auto T = S.tracker();
  S.hold({"Foo"}, T);
  S.begin("Foo");
  check(S.Held->defineMaterializing(flagsOf({S.name("Bar")})));
  check(S.Held->notifyResolved(addressesOf({S.name("Foo"), S.name("Bar")})));
  check(S.Held->notifyEmitted({}));
  S.Held.reset();
  check(T->remove());
  return S.lookup("Bar");
}

std::string P32(Scene &S) {
  check(S.Main.define(std::make_unique<HeldUnit>(flagsOf({S.name("Foo")}), [](Responsibility) {})));
  return S.lookup("Foo");
}

std::string P33(Scene &S) {
  SymbolAliasMap Ring;
  Ring[S.name("Foo")] = {S.name("Bar"), exportedCallable()};
  Ring[S.name("Bar")] = {S.name("Foo"), exportedCallable()};
  check(S.Main.define(symbolAliases(std::move(Ring))));
  return S.lookup("Foo");
}

/** Foo depends on Bar, Bar on Baz. Bar is removed; then Baz is emitted. */
std::string P35(Scene &S) {
  auto T = S.tracker();
  std::string Outcome = "waits";
  auto Emit = [&S](const char *Name, const char *Dependence) {
    check(S.Held->notifyResolved(addressesOf({S.name(Name)})));
    SymbolDependenceGroup Group;
    Group.Symbols = {S.name(Name)};
    if (!Dependence) return check(S.Held->notifyEmitted({}));
    Group.Dependencies[&S.Main].insert(S.name(Dependence));
    check(S.Held->notifyEmitted(Group));
  };
  S.hold({"Baz"});
  S.begin("Baz");
  Responsibility Baz = std::move(S.Held);
  S.hold({"Bar"}, T);
  S.begin("Bar");
  Emit("Bar", "Baz");
  S.hold({"Foo"});
  S.begin("Foo", &Outcome);
  Emit("Foo", "Bar");
  check(T->remove());
  S.Held = std::move(Baz);
  if (Outcome == "waits") Emit("Baz", nullptr);
  return Outcome;
}

const std::map<std::string, std::string (*)(Scene &)> Scenarios = {
    {"P04", P04}, {"P05", P05}, {"P07", P07}, {"P18", P18}, {"P23", P23},
    {"P24", P24}, {"P25", P25}, {"P26", P26}, {"P32", P32}, {"P33", P33}, {"P35", P35},
};

} // namespace

int main(int Count, char **Arguments) {
  auto Found = Scenarios.find(Count > 1 ? Arguments[1] : "");
  if (Found == Scenarios.end()) return 2;
  // What is left of the session would be in the way of its own end.
  auto *S = new Scene;
  std::cout << Found->second(*S) << std::endl;
  std::_Exit(0);
}
