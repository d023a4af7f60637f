// For tests of the command line: toys in place of scenarios, and a call with what it printed.
#ifndef TOOLS_TEST_CATALOG_H_
#define TOOLS_TEST_CATALOG_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sim/explore/test_toys.h"
#include "sim/toys/canaries.h"
#include "sim/toys/toys.h"
#include "tools/catalog.h"
#include "tools/commands.h"

namespace wavetank {

// Toys instead of scenarios.
class ToyCatalog final : public Catalog {
 public:
  // What a test may change.
  std::string root;
  uint64_t text_digest = 1;
  const char* canary = nullptr;  // a toy; null: the usual one

  std::string Root() const override { return root; }
  const sim::Program& Canary() const override { return canary == nullptr ? Catalog::Canary() : *sim::FindToy(canary); }
  std::vector<CatalogEntry> List() const override {
    return {{"canary/must_stall", "", CatalogEntry::Kind::kCanary, "two locks", ""},
            {"fixed2", "", CatalogEntry::Kind::kScenario, "who looks last"},
            {"pool_fixed", "", CatalogEntry::Kind::kScenario, "a small pool"}};
  }
  bool Load(const std::string& name, LoadedScenario* scenario, std::vector<std::string>* errors) const override {
    if (absl::EndsWith(name, kCancelEverywhere)) {
      scenario->name = name;
      const sim::Program* program = name == "fixed2+cancel" ? sim::FindToy("fixed2") : &sim::CancellableToy();
      scenario->program = std::shared_ptr<const sim::Program>(program, [](const sim::Program*) {});
      return true;
    }
    const sim::Program* program = sim::FindToy(name);
    if (program == nullptr) program = sim::FindCanary(name);
    if (name == "crashing") program = &sim::CrashingToy();
    if (name == "door") program = &sim::DoorToy();
    if (name == "changed_door") program = &sim::ChangedDoorToy();
    if (name == "marked") program = &sim::MarkedToy();
    if (name == "never_marked") program = &sim::NeverMarkedToy();
    if (name == "one_reordering") program = &sim::OneReorderingToy();
    if (name == "lost") scenario->history = {sim::LawId::kProgress};
    if (program == nullptr) {
      errors->push_back(absl::StrCat(name, ":1:1: no such toy"));
      return false;
    }
    scenario->name = name;
    scenario->program = std::shared_ptr<const sim::Program>(program, [](const sim::Program*) {});
    scenario->text_digest = text_digest;
    if (name == "crashing") scenario->loopback = scenario->program;  // as good as any: no toy has a network
    return true;
  }
};

struct Called {
  int status;
  std::string out, err;
};

inline Called Wavetank(const std::vector<std::string>& args, const Catalog& catalog = ToyCatalog()) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Called run;
  run.status = WavetankMain(args, catalog);
  run.out = testing::internal::GetCapturedStdout();
  run.err = testing::internal::GetCapturedStderr();
  return run;
}

}  // namespace wavetank

#endif  // TOOLS_TEST_CATALOG_H_
