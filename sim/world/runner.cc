#include "sim/world/runner.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "sim/world/driver.h"
#include "sim/world/retainers.h"
#include "sim/world/site.h"

namespace sim {
namespace {

// What still lives of the named objects, and who keeps it: a line each, to be asked while the world has its names.
std::string DescribeKept(World& world) {
  std::string text;
  if (world.loop().named_objects.first() == nullptr) return text;
  HostScope host;
  int shown = 0;
  for (const std::string& line : Retainers(world.loop().named_objects).Describe([&world](Name name) {
         return world.Text(name);
       })) {
    if (shown++ < 8) absl::StrAppend(&text, "\n  kept alive: ", line);
  }
  return text;
}

std::string DescribeLeak(const Arena* arena, absl::string_view kept) {
  HostScope host;
  const std::string blocks = arena == nullptr ? "objects" : absl::StrCat(arena->live_blocks(), " blocks of memory");
  std::string text = absl::StrCat(blocks, " are left after everything was destroyed", kept);
  if (arena == nullptr) return text;
  int shown = 0;
  arena->ForEachLive([&](const Arena::Block& block) {
    if (shown++ < 8) absl::StrAppend(&text, "\n  ", block.size, " bytes", SiteText(block.site));
  });
  return text;
}

}  // namespace

Runner::Runner(const Options& options, std::shared_ptr<History> history) : history_(std::move(history)) {
  if (options.memory == Memory::kArena) {
    CHECK(SIM_HAS_ARENA);
    arena_ = std::make_unique<Arena>(options.arena);
  }
}

Outcome Runner::Run(const Program& program, ChoiceSource& source, const RunOptions& options) {
  Outcome outcome;
  std::string kept;
  if (arena_ != nullptr) arena_->Reset();
  history_->BeginRun(options.run, options.keep_trace);
  history_->TellTo(options.listener);
  source.BeginRun();
  {
    ArenaScope scope(arena_.get());
    auto* world = new World(program.config(), options.laws, source, *history_, outcome.violation);
    auto* subject = program.Make(*world).release();
    auto* driver = new Driver(*world, *subject, *history_);
    {
      EdgeScope edges(options.edges);
      driver->Start();
      do {
        if (Outside* const outside = world->outside()) outside->Poll(world->loop().ready() == 0);
      } while (driver->Turn());
    }
    const bool finished = driver->finished();
    outcome.elapsed_ns = world->elapsed_ns();
    if (!world->can_go_on()) {
      HostScope host;
      outcome.harness_fault = history_->tape().overflowed() ? "the tape is full" : "the tape does not fit the run";
    } else if (!finished && !world->violated()) {
      HostScope host;
      outcome.harness_fault =
          absl::StrCat("not at rest after ", history_->steps(), " steps; ", LawName(LawId::kNoSpin), " does not judge");
    }
    // The run ends here, before anything is destroyed: where a broken world lies decides whether it is.
    outcome.steps = history_->steps();
    outcome.decisions = history_->tape().size();
    outcome.digest = history_->Digest();
    if (options.describe_end && outcome.held()) {
      HostScope host;
      outcome.end = subject->DescribeEnd();
    }
    history_->StopTelling();
    const uint64_t records = history_->trace_size();
    world->EndDecisions();
    // An arena forgets what a broken run leaves; the heap must have it destroyed, and shows what teardown does then.
    if (outcome.held() || arena_ == nullptr) {
      delete driver;
      delete subject;
      kept = DescribeKept(*world);
      delete world;
    }
    history_->ForgetTraceAfter(records);
  }
  const bool left = !kept.empty() || (arena_ != nullptr && arena_->live_blocks() != 0);
  if (outcome.held() && left && options.laws.Has(LawId::kNoOrphan)) {
    outcome.violation = {LawId::kNoOrphan, DescribeLeak(arena_.get(), kept), outcome.elapsed_ns, history_->steps()};
  }
  return outcome;
}

}  // namespace sim
