#include "sim/toys/toy.h"

#include "absl/strings/str_cat.h"

namespace sim {

void Toy::Spawn(uint32_t number, Task<> task) {
  const Name name = client::MakeName(world().loop(), Name(), "task", number);
  tasks_.Spawn(name, std::move(task));
}

void Toy::Expect(bool condition, const char* what) {
  if (condition) return;
  world().Violate(LawId::kExpect, [what] { return std::string(what); });
}

void Toy::AtQuiet() {
  if (tasks_.empty()) {
    Judge();
  } else {
    Violated([this] { return DescribeStall(); });
  }
}

std::string Toy::DescribeStall() const {
  std::string text = absl::StrCat("deadlock: ", tasks_.size(), " tasks are left and nothing can run");
  for (client::SpawnedTask* task = world().loop().first_task; task != nullptr; task = task->next_of_loop()) {
    const client::Waiter* waiter = task->waiter();
    absl::StrAppend(&text, "\n  ", world().Text(task->name()), " waits for ",
                    waiter == nullptr ? "nothing" : waiter->reason().what);
  }
  return text;
}

ToyProgram::ToyProgram(std::string name, Maker maker) : name_(std::move(name)), maker_(maker) {
  config_.offers.Add(Label::kLoopNext);
}

}  // namespace sim
