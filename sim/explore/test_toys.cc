#include "sim/explore/test_toys.h"

#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/base/check.h"

namespace sim {
namespace {

class Crashing final : public Toy {
 public:
  explicit Crashing(World& world) : Toy(world) {}
  void Spawn() override {
    Toy::Spawn(1, First(first_));
    Toy::Spawn(2, Second(first_));
  }

 private:
  static Task<> First(bool& first) {
    co_await Yield();
    first = true;
  }
  static Task<> Second(bool& first) {
    co_await Yield();
    CHECK(first);
  }

  bool first_ = false;
};

class Segfaulting final : public Toy {
 public:
  explicit Segfaulting(World& world) : Toy(world) {}
  void Spawn() override { Toy::Spawn(1, Fall()); }

 private:
  static Task<> Fall() {
    co_await Yield();
    int* volatile nothing = nullptr;
    *nothing = 1;
  }
};

class Greedy final : public Toy {
 public:
  explicit Greedy(World& world) : Toy(world) {}
  void Spawn() override { Toy::Spawn(1, Eat(held_)); }

 private:
  static Task<> Eat(std::vector<std::unique_ptr<char[]>>& held) {
    for (;;) {
      co_await Yield();
      held.push_back(std::make_unique<char[]>(16 << 20));
    }
  }

  std::vector<std::unique_ptr<char[]>> held_;
};

class UseAfterFree final : public Toy {
 public:
  explicit UseAfterFree(World& world) : Toy(world) {}
  void Spawn() override { Toy::Spawn(1, Look()); }

 private:
  static Task<> Look() {
    co_await Yield();
    int* volatile gone = new int(7);
    delete gone;
    volatile int seen = *gone;
    (void)seen;
  }
};

class Overflowing final : public Toy {
 public:
  explicit Overflowing(World& world) : Toy(world) {}
  void Spawn() override { Toy::Spawn(1, Add()); }

 private:
  static Task<> Add() {
    co_await Yield();
    volatile int most = std::numeric_limits<int>::max();
    volatile int sum = most + 1;
    (void)sum;
  }
};

class OneReordering final : public Toy {
 public:
  explicit OneReordering(World& world) : Toy(world) {}
  void Spawn() override {
    Toy::Spawn(1, Count(first_));
    Toy::Spawn(2, Watch(*this));
    Toy::Spawn(3, Count(second_));
    Toy::Spawn(4, Count(third_));
  }

 private:
  static Task<> Count(int& count) {
    for (int i = 0; i < 40; ++i) {
      co_await Yield();
      ++count;
    }
  }
  // In turn, it looks when the first has counted and the second has not yet.
  static Task<> Watch(OneReordering& toy) {
    for (int i = 0; i < 40; ++i) {
      co_await Yield();
      toy.Expect(toy.first_ > toy.second_, "the second counter has caught up with the first");
    }
  }

  int first_ = 0, second_ = 0, third_ = 0;
};

class Door : public Toy {
 public:
  explicit Door(World& world) : Door(world, 0, 6) {}
  void Spawn() override {
    Toy::Spawn(1, Keep(*this));
    Toy::Spawn(2, Come(*this));
    if (passes_by_ > 0) Toy::Spawn(3, PassBy(passes_by_));
  }

 protected:
  Door(World& world, int passes_by, int opens_at) : Toy(world), passes_by_(passes_by), opens_at_(opens_at) {}

 private:
  static Task<> Keep(Door& door) {
    for (int i = 0; i < 12; ++i) {
      co_await Yield();
      door.open_ = i == door.opens_at_;
      door.came_ = 0;
    }
  }
  static Task<> Come(Door& door) {
    for (int i = 0; i < 12; ++i) {
      co_await Yield();
      if (door.open_) ++door.came_;
      door.Expect(door.came_ < 2, "somebody came twice through the open door");
    }
  }
  static Task<> PassBy(int turns) {
    for (int i = 0; i < turns; ++i) co_await Yield();
  }

  const int passes_by_, opens_at_;
  bool open_ = false;
  int came_ = 0;
};

class ChangedDoor final : public Door {
 public:
  explicit ChangedDoor(World& world) : Door(world, 3, 6) {}
};

class ClosedDoor final : public Door {
 public:
  explicit ClosedDoor(World& world) : Door(world, 3, -1) {}
};

class Spinning final : public Toy {
 public:
  explicit Spinning(World& world) : Toy(world) {}
  void Spawn() override {
    Toy::Spawn(1, SpinUntil(done_));
    Toy::Spawn(2, SpinUntil(done_));
    Toy::Spawn(3, Finish(done_));
  }

 private:
  static Task<> SpinUntil(const bool& done) {
    while (!done) co_await Yield();
  }
  static Task<> Finish(bool& done) {
    co_await Yield();
    done = true;
  }

  bool done_ = false;
};

class Menu final : public Toy {
 public:
  explicit Menu(World& world) : Toy(world) {}
  void Spawn() override { Toy::Spawn(1, Draw(*this)); }

 private:
  static Task<> Draw(Menu& toy) {
    uint32_t highest = 0;
    for (uint32_t i = 1; i <= 10; ++i) {
      co_await Yield();
      const uint32_t drawn = toy.world().Choose(Label::kToy, Name().Child("drawer", i), 20);
      if (drawn > highest) highest = drawn;
    }
    toy.Expect(highest < 7, "a value of 7 or more was drawn");
  }
};

class Cancellable final : public Toy {
 public:
  explicit Cancellable(World& world) : Toy(world) {}
  void Spawn() override {
    Toy::Spawn(1, Suspend(*this, 1));
    Toy::Spawn(2, Suspend(*this, 2));
  }

 private:
  static Task<> Suspend(Cancellable& toy, uint32_t number) {
    const Name asker = Name().Child("canceller", number);
    for (int i = 0; i < 3; ++i) {
      co_await Yield();
      const uint32_t answer = toy.world().Choose(Label::kTaskCancel, asker, 4);
      toy.Expect(number != 2 || i != 1 || answer != 3, "cancelled where it hurts");
      if (answer != 0) co_return;
    }
  }
};

class Bringing final : public Toy {
 public:
  explicit Bringing(World& world) : Toy(world) {}
  void Spawn() override { Toy::Spawn(1, Suspend(*this)); }

 private:
  static Task<> Suspend(Bringing& toy) {
    for (int i = 0; i < 2; ++i) {
      co_await Yield();
      const uint32_t answer = toy.world().Choose(Label::kTaskCancel, Name().Child("canceller", 1), 3);
      if (answer == 1) co_return;
      if (answer == 2 && !toy.brought_) toy.Spawn(2, Close(toy));
      toy.brought_ = toy.brought_ || answer == 2;
    }
  }
  static Task<> Close(Bringing& toy) {
    for (int i = 0; i < 3; ++i) {
      co_await Yield();
      const uint32_t answer = toy.world().Choose(Label::kTaskCancel, Name().Child("canceller", 2), 2);
      toy.Expect(i != 2 || answer == 0, "cancelled at its end");
    }
  }
  using Toy::Spawn;

  bool brought_ = false;
};

class AsksAtItsEnd final : public Toy {
 public:
  explicit AsksAtItsEnd(World& world) : Toy(world) {}
  ~AsksAtItsEnd() override {
    const uint32_t answer = world().Choose(Label::kToy, Name(), 3);
    world().Record(TraceKind::kToy, Name(), answer);
  }
  void Spawn() override { Toy::Spawn(1, Break(*this)); }

 private:
  static Task<> Break(AsksAtItsEnd& toy) {
    co_await Yield();
    toy.Expect(toy.world().Choose(Label::kToy, Name(), 3) > 2, "more than two");
  }
};

class Marked final : public Toy {
 public:
  explicit Marked(World& world) : Toy(world) {}
  void Spawn() override {
    Toy::Spawn(1, First(first_));
    Toy::Spawn(2, Second(*this));
  }

 private:
  static Task<> First(bool& first) {
    co_await Yield();
    first = true;
  }
  static Task<> Second(Marked& toy) {
    co_await Yield();
    if (!toy.first_) toy.world().history().Reach(MarkId::kToy, Name().Child("second", 0));
  }

  bool first_ = false;
};

class Ladder final : public Toy {
 public:
  explicit Ladder(World& world) : Toy(world) {}
  void Spawn() override { Toy::Spawn(1, Climb(*this)); }

 private:
  static constexpr uint32_t kRungs = 5;

  static Task<> Climb(Ladder& toy) {
    for (uint32_t rung = 1; rung <= kRungs; ++rung) {
      co_await Yield();
      const uint32_t drawn = toy.world().Choose(Label::kToy, Name().Child("climber", 0), 20);
      if (drawn != 7) co_return;
      toy.world().history().Reach(MarkId::kToy, Name().Child("rung", rung));
    }
    toy.Expect(false, "the ladder has no end");
  }
};

template <class T>
std::unique_ptr<Subject> Make(World& world) {
  return std::make_unique<T>(world);
}

// Also offers what those draw.
class DrawingProgram final : public Program {
 public:
  using Maker = std::unique_ptr<Subject> (*)(World& world);

  DrawingProgram(std::string name, Maker maker, std::vector<Sometimes> sometimes = {})
      : name_(std::move(name)), sometimes_(std::move(sometimes)), maker_(maker) {
    config_.offers.Add(Label::kToy);
    config_.offers.Add(Label::kTaskCancel);
    config_.offers.Add(Label::kLoopNext);
  }
  const std::string& name() const override { return name_; }
  const WorldConfig& config() const override { return config_; }
  const std::vector<Sometimes>& sometimes() const override { return sometimes_; }
  std::unique_ptr<Subject> Make(World& world) const override { return maker_(world); }
  std::string Recipe() const override { return "toy\n" + name_; }

 private:
  std::string name_;
  WorldConfig config_;
  std::vector<Sometimes> sometimes_;
  Maker maker_;
};

}  // namespace

const Program& CrashingToy() {
  static const auto& program = *new ToyProgram("crashing", Make<Crashing>);
  return program;
}

const Program& SegfaultingToy() {
  static const auto& program = *new ToyProgram("segfaulting", Make<Segfaulting>);
  return program;
}

const Program& GreedyToy() {
  static const auto& program = *new ToyProgram("greedy", Make<Greedy>);
  return program;
}

const Program& UseAfterFreeToy() {
  static const auto& program = *new ToyProgram("use_after_free", Make<UseAfterFree>);
  return program;
}

const Program& OverflowingToy() {
  static const auto& program = *new ToyProgram("overflowing", Make<Overflowing>);
  return program;
}

const Program& OneReorderingToy() {
  static const auto& program = *new ToyProgram("one_reordering", Make<OneReordering>);
  return program;
}

const Program& DoorToy() {
  static const auto& program = *new ToyProgram("door", Make<Door>);
  return program;
}

const Program& ChangedDoorToy() {
  static const auto& program = *new ToyProgram("changed_door", Make<ChangedDoor>);
  return program;
}

const Program& ClosedDoorToy() {
  static const auto& program = *new ToyProgram("closed_door", Make<ClosedDoor>);
  return program;
}

const Program& SpinningToy() {
  static const auto& program = *new ToyProgram("spinning", Make<Spinning>);
  return program;
}

const Program& ToyThatAsksAtItsEnd() {
  static const auto& program = *new DrawingProgram("asks_at_its_end", Make<AsksAtItsEnd>);
  return program;
}

const Program& CancellableToy() {
  static const auto& program = *new DrawingProgram("cancellable", Make<Cancellable>);
  return program;
}

const Program& BringingToy() {
  static const auto& program = *new DrawingProgram("bringing", Make<Bringing>);
  return program;
}

const Program& MarkedToy() {
  static const std::vector<Sometimes> sometimes = {{MarkId::kToy, Name(), "toy"},
                                                   {MarkId::kToy, Name().Child("second", 0), "toy: second"}};
  static const auto& program = *new DrawingProgram("marked", Make<Marked>, sometimes);
  return program;
}

const Program& NeverMarkedToy() {
  static const std::vector<Sometimes> sometimes = {{MarkId::kToy, Name(), "toy"},
                                                   {MarkId::kToy, Name().Child("third", 0), "toy: third"}};
  static const auto& program = *new DrawingProgram("never_marked", Make<Marked>, sometimes);
  return program;
}

const Program& LadderToy() {
  static const auto& program = *new DrawingProgram("ladder", Make<Ladder>);
  return program;
}

const Program& MenuToy() {
  static const auto& program = *new DrawingProgram("menu", Make<Menu>);
  return program;
}

const Program* FindTestToy(absl::string_view name) {
  for (const auto toy : {CrashingToy, SegfaultingToy, GreedyToy, OneReorderingToy, SpinningToy, ToyThatAsksAtItsEnd,
                         CancellableToy, BringingToy, DoorToy, ChangedDoorToy, ClosedDoorToy, MenuToy, MarkedToy,
                         NeverMarkedToy, LadderToy}) {
    if (toy().name() == name) return &toy();
  }
  return nullptr;
}

}  // namespace sim
