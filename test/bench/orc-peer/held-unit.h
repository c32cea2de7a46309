// A unit that does nothing by itself: when ORC asks for its symbols it hands the responsibility to whoever made it. Whoever
// holds it resolves and emits when the measurement, or the scenario, wants that.
#ifndef WORC_ORC_PEER_HELD_UNIT_H
#define WORC_ORC_PEER_HELD_UNIT_H

#include "llvm/ExecutionEngine/Orc/Core.h"
#include "llvm/ExecutionEngine/Orc/TaskDispatch.h"
#include "llvm/Support/Error.h"
// LLVM 19 has it in the first, LLVM 22 in the second.
#include "llvm/ExecutionEngine/Orc/ExecutorProcessControl.h"
#if __has_include("llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h")
#include "llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h"
#endif
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using Names = std::vector<llvm::orc::SymbolStringPtr>;
using Responsibility = std::unique_ptr<llvm::orc::MaterializationResponsibility>;
using Holder = std::function<void(Responsibility)>;

inline llvm::JITSymbolFlags exportedCallable() {
  return llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable;
}

class HeldUnit : public llvm::orc::MaterializationUnit {
public:
  HeldUnit(llvm::orc::SymbolFlagsMap Flags, Holder Hold)
      : MaterializationUnit(Interface(std::move(Flags), nullptr)), Hold(std::move(Hold)) {}

  llvm::StringRef getName() const override { return "unit"; }
  void materialize(Responsibility R) override { Hold(std::move(R)); }

private:
  void discard(const llvm::orc::JITDylib &, const llvm::orc::SymbolStringPtr &) override {}

  Holder Hold;
};

inline llvm::orc::SymbolFlagsMap flagsOf(const Names &Names,
                                         llvm::JITSymbolFlags Flags = exportedCallable()) {
  llvm::orc::SymbolFlagsMap Map;
  for (const auto &Name : Names) Map[Name] = Flags;
  return Map;
}

inline llvm::orc::SymbolMap addressesOf(const Names &Names, uint64_t First = 0x1000) {
  llvm::orc::SymbolMap Map;
  for (const auto &Name : Names) Map[Name] = {llvm::orc::ExecutorAddr(First++), exportedCallable()};
  return Map;
}

inline Names internNames(llvm::orc::ExecutionSession &ES, const std::string &Prefix, size_t Count) {
  Names Interned;
  for (size_t N = 0; N < Count; ++N) Interned.push_back(ES.intern(Prefix + std::to_string(N)));
  return Interned;
}

/** A session that runs its tasks in place and executes nothing. */
inline std::unique_ptr<llvm::orc::ExecutionSession> makeSession() {
  return std::make_unique<llvm::orc::ExecutionSession>(
      llvm::cantFail(llvm::orc::SelfExecutorProcessControl::Create(
          nullptr, std::make_unique<llvm::orc::InPlaceTaskDispatcher>())));
}

#endif
