// Does the compiler compile coroutines right? Every shape that the house uses must construct and destroy each object
// exactly once. The shapes that g++ 12 is known to get wrong are banned by tidy; they are tried here in processes of
// their own and only reported, so that one notices when the ban can go.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/async/async_event.h"
#include "client/async/deadline.h"
#include "client/async/live_object.h"
#include "client/async/task_group.h"
#include "client/testing/test_loop.h"

namespace client {
namespace {

struct World {
  testing::TestLoop loop;
  AsyncEvent event{WaitReason{"the event", Name()}};
};

struct Options {
  LiveObject object;
  std::string text;
  int number = 0;
};

// Long, so that the bytes are on the heap: a bytewise copy is freed twice.
std::string Text() { return std::string(100, 'x'); }

// Each of these suspends once, so that what is alive lives in the frame.
Task<int> TakeValue(World& world, LiveObject) {
  co_await world.event.Wait();
  co_return 1;
}
Task<int> TakeOptions(World& world, Options options) {
  co_await world.event.Wait();
  co_return options.text.size() == 100 ? 1 : 0;
}
Task<int> TakeText(World& world, std::string text) {
  co_await world.event.Wait();
  co_return text == Text() ? 1 : 0;
}
Task<int> TakePointer(World& world, std::unique_ptr<LiveObject> object) {
  co_await world.event.Wait();
  co_return object != nullptr ? 1 : 0;
}
Task<LiveObject> Give(World& world) {
  co_await world.event.Wait();
  co_return LiveObject();
}
Task<std::optional<Options>> GiveOptions(World& world) {
  co_await world.event.Wait();
  Options options;
  options.text = Text();
  co_return options;
}
Task<bool> GiveTrue(World& world) {
  const LiveObject local;
  co_await world.event.Wait();
  co_return true;
}

// --- The shapes of the house. Each leaves 1 in *ok if the values were right.

Task<> Statement(World& world, int* ok) {
  const LiveObject local;
  co_await world.event.Wait();
  *ok = 1;
}

Task<> Initialiser(World& world, int* ok) {
  const LiveObject object = co_await Give(world);
  *ok = 1;
}

Task<> Auto(World& world, int* ok) {
  auto options = co_await GiveOptions(world);
  *ok = options.has_value() && options->text == Text() ? 1 : 0;
}

Task<> Assignment(World& world, int* ok) {
  std::optional<Options> options;
  options = co_await GiveOptions(world);
  *ok = options.has_value() && options->text == Text() ? 1 : 0;
}

Task<> MovedArgument(World& world, int* ok) {
  Options options;
  options.text = Text();
  *ok = co_await TakeOptions(world, std::move(options));
}

Task<> CopiedArgument(World& world, int* ok) {
  Options options;
  options.text = Text();
  const int first = co_await TakeOptions(world, options);
  const int second = co_await TakeOptions(world, options);
  *ok = first & second;
}

Task<> MovedPointer(World& world, int* ok) {
  auto object = std::make_unique<LiveObject>();
  *ok = co_await TakePointer(world, std::move(object));
}

Task<> NamedValue(World& world, int* ok) {
  LiveObject object;
  *ok = co_await TakeValue(world, object);
}

Task<> InALoop(World& world, int* ok) {
  for (int i = 0; i < 3; ++i) {
    const LiveObject local;
    const std::optional<Options> options = co_await GiveOptions(world);
    if (!options.has_value()) co_return;
    const LiveObject after;
  }
  *ok = 1;
}

Task<> WhileNamed(World& world, int* ok) {
  for (;;) {
    const bool answer = co_await GiveTrue(world);
    if (answer) break;
  }
  *ok = 1;
}

Task<> Condition(World& world, int* ok) {
  const bool answer = co_await GiveTrue(world);
  if (answer) {
    const LiveObject inner;
    const LiveObject object = co_await Give(world);
    *ok = 1;
  }
}

Task<> EarlyReturn(World& world, int* ok) {
  const LiveObject local;
  const bool answer = co_await GiveTrue(world);
  if (answer) {
    *ok = 1;
    co_return;
  }
  const LiveObject never;
}

Task<> ReturnInitialised(World& world, int* ok) {
  *ok = 1;
  const LiveObject object = co_await Give(world);
  co_return;
}

// A temporary awaiter that owns a task and a timer.
Task<> WithinShape(World& world, int* ok) {
  const absl::Time deadline = world.loop.Now() + absl::Seconds(5);
  const std::optional<LiveObject> object = co_await Within(world.loop, Name(), deadline, Give(world));
  *ok = object.has_value() ? 1 : 0;
}

Task<> WithinNamedArgument(World& world, int* ok) {
  Options options;
  options.text = Text();
  const absl::Time deadline = world.loop.Now() + absl::Seconds(5);
  Task<int> task = TakeOptions(world, std::move(options));
  const std::optional<int> answer = co_await Within(world.loop, Name(), deadline, std::move(task));
  *ok = answer.value_or(0);
}

Task<> SleepShape(World& world, int* ok) {
  const LiveObject local;
  const absl::Time deadline = world.loop.Now() + absl::Nanoseconds(1);
  co_await SleepUntil(world.loop, Name(), deadline);
  *ok = 1;
}

Task<> NamedTask(World& world, int* ok) {
  Task<LiveObject> task = Give(world);
  const LiveObject object = co_await task;
  *ok = 1;
}

Task<> ReferenceParameter(World& world, const Options& options, int* ok) {
  co_await world.event.Wait();
  *ok = options.text == Text() ? 1 : 0;
}

Task<> PassesAReference(World& world, int* ok) {
  Options options;
  options.text = Text();
  co_await ReferenceParameter(world, options, ok);
}

Task<> ManyLocals(World& world, int* ok) {
  const LiveObject first;
  std::vector<LiveObject> many(5);
  std::string text = Text();
  const LiveObject object = co_await Give(world);
  const LiveObject last;
  many.pop_back();
  *ok = text == Text() && many.size() == 4 ? 1 : 0;
}

Task<> VoidTask(World& world, int* ok) {
  co_await Statement(world, ok);
  co_await Statement(world, ok);
}

Task<> MethodLike(World& world, int* ok) {
  const std::string text = Text();
  *ok = co_await TakeText(world, text);
}

using Shape = Task<> (*)(World& world, int* ok);

struct NamedShape {
  const char* name;
  Shape shape;
};

constexpr NamedShape kAllowed[] = {
    {"a statement", Statement},
    {"an initialiser", Initialiser},
    {"auto", Auto},
    {"an assignment", Assignment},
    {"a moved argument", MovedArgument},
    {"a copied argument", CopiedArgument},
    {"a moved pointer", MovedPointer},
    {"a named value", NamedValue},
    {"in a loop", InALoop},
    {"an endless loop", WhileNamed},
    {"inside if", Condition},
    {"an early return", EarlyReturn},
    {"a return after an await", ReturnInitialised},
    {"Within", WithinShape},
    {"Within a named task", WithinNamedArgument},
    {"SleepUntil", SleepShape},
    {"a named task", NamedTask},
    {"a reference parameter", PassesAReference},
    {"many locals", ManyLocals},
    {"a Task<> in a Task<>", VoidTask},
    {"a copied text", MethodLike},
};

// Runs it to its end, one wake-up per suspension.
bool RunsRight(Shape shape) {
  int ok = 0;
  {
    World world;
    const SpawnedTask task(world.loop, Name(), shape(world, &ok));
    for (int i = 0; i < 20 && !task.done(); ++i) {
      world.loop.Advance(absl::Nanoseconds(1));
      world.event.Set();
      world.event.Clear();
      world.loop.RunReady();
    }
    if (!task.done()) return false;
  }
  return ok == 1 && LiveObject::live == 0 && LiveObject::strays == 0;
}

// Destroys it at its n-th suspension, suspended or woken, for all n.
bool IsCancelledRight(Shape shape, bool woken) {
  for (int suspension = 0; suspension < 10; ++suspension) {
    int ok = 0;
    {
      World world;
      const SpawnedTask task(world.loop, Name(), shape(world, &ok));
      if (suspension > 0) world.loop.RunReady();
      for (int i = 1; i < suspension; ++i) {
        world.event.Set();
        world.event.Clear();
        world.loop.RunReady();
      }
      if (woken) {
        world.event.Set();
        world.event.Clear();
      }
    }
    if (LiveObject::live != 0 || LiveObject::strays != 0) return false;
  }
  return true;
}

TEST(CompilerCanaryTest, TheShapesOfTheHouseConstructAndDestroyExactlyOnce) {
  for (const NamedShape& shape : kAllowed) {
    EXPECT_TRUE(RunsRight(shape.shape)) << shape.name;
    LiveObject::live = LiveObject::strays = 0;
  }
}

TEST(CompilerCanaryTest, TheShapesOfTheHouseCanBeCancelledAtEverySuspension) {
  for (const NamedShape& shape : kAllowed) {
    for (const bool woken : {false, true}) {
      EXPECT_TRUE(IsCancelledRight(shape.shape, woken)) << shape.name << (woken ? ", woken" : "");
      LiveObject::live = LiveObject::strays = 0;
    }
  }
}

// --- The banned shapes.

Task<> DesignatedAggregate(World& world, int* ok) {
  *ok = co_await TakeOptions(world, {.object = {}, .text = Text(), .number = 1});  // tidy: canary
}

Task<> AggregateTemporary(World& world, int* ok) {
  *ok = co_await TakeOptions(world, Options{LiveObject(), Text(), 1});  // tidy: canary
}

Task<> LogicalAnd(World& world, int* ok) {
  if (co_await GiveTrue(world) && co_await GiveTrue(world)) *ok = 1;  // tidy: canary
}

Task<> ConditionalArgument(World& world, int* ok) {
  *ok = co_await TakeText(world, *ok == 0 ? Text() : std::string());  // tidy: canary
}

Task<> ConditionalAwait(World& world, int* ok) {
  const LiveObject object = *ok == 0 ? co_await Give(world) : LiveObject();  // tidy: canary
  *ok = 1;
}

Task<> AwaitInBraces(World& world, int* ok) {
  const Options options{co_await Give(world), Text(), 1};  // tidy: canary
  *ok = options.text == Text() ? 1 : 0;
}

Task<> TwoAwaits(World& world, int* ok) {
  const std::pair<LiveObject, int> both(co_await Give(world), co_await TakeText(world, Text()));  // tidy: canary
  *ok = both.second;
}

constexpr NamedShape kBanned[] = {
    {"co_await f({.a = ...})", DesignatedAggregate},
    {"co_await f(Options{...})", AggregateTemporary},
    {"co_await a() && co_await b()", LogicalAnd},
    {"co_await f(k ? string() : string())", ConditionalArgument},
    {"k ? co_await a() : b", ConditionalAwait},
    {"Options{co_await a(), ...}", AwaitInBraces},
    {"g(co_await a(), co_await b())", TwoAwaits},
};

enum class Verdict { kRight, kWrong, kCrashed };

// In a process of its own: what is compiled wrong may free twice.
Verdict Try(Shape shape) {
  const pid_t child = fork();
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(2);
    const bool right = RunsRight(shape) && IsCancelledRight(shape, false) && IsCancelledRight(shape, true);
    _exit(right ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) return Verdict::kCrashed;
  return WEXITSTATUS(status) == 0 ? Verdict::kRight : Verdict::kWrong;
}

TEST(CompilerCanaryTest, TheBannedShapesAreReported) {
#if defined(__clang__)
  const std::string compiler = "clang " + std::to_string(__clang_major__);
#else
  const std::string compiler = "g++ " + std::to_string(__GNUC__);
#endif
  int wrong = 0;
  for (const NamedShape& shape : kBanned) {
    const Verdict verdict = Try(shape.shape);
    if (verdict != Verdict::kRight) ++wrong;
    std::printf("%s %s %s\n", compiler.c_str(),
                verdict == Verdict::kRight   ? "compiles right:   "
                : verdict == Verdict::kWrong ? "still miscompiles:"
                                             : "still crashes on: ",
                shape.name);
  }
  if (wrong == 0) std::printf("%s: none of the banned shapes is wrong any more\n", compiler.c_str());
#if defined(__clang__)
  EXPECT_EQ(wrong, 0);
#endif
}

}  // namespace
}  // namespace client
