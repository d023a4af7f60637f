// main() of tests that replay toys: in processes that are started anew, too.
#include <memory>
#include <string>

#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "sim/explore/fresh_process.h"
#include "sim/explore/test_toys.h"
#include "sim/toys/canaries.h"
#include "sim/toys/toys.h"

namespace {

std::shared_ptr<const sim::Program> MakeToy(const std::string& recipe) {
  absl::string_view name = recipe;
  if (!absl::ConsumePrefix(&name, "toy\n")) return nullptr;
  const sim::Program* toy = sim::FindToy(name);
  if (toy == nullptr) toy = sim::FindCanary(name);
  if (toy == nullptr) toy = sim::FindTestToy(name);
  return std::shared_ptr<const sim::Program>(toy, [](const sim::Program*) {});
}

}  // namespace

int main(int argc, char** argv) {
  sim::ServeFreshProcess(argc, argv, MakeToy);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
