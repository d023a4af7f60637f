#include "sim/explore/site_survey.h"

#include <memory>

#include "client/async/task.h"
#include "client/async/task_group.h"
#include "sim/choice/random_source.h"
#include "sim/explore/sparse_tape.h"
#include "sim/world/arena.h"

namespace sim {

// A subject, and beside it a law that breaks nothing and looks at all tasks after each step.
class SiteSurvey::Watched final : public Subject, private Law {
 public:
  Watched(World& world, std::unique_ptr<Subject> subject, SiteSurvey& survey)
      : Law(world, LawId::kNone), subject_(std::move(subject)), survey_(survey) {
    world.AddLaw(*this, /*every_step=*/true);
  }

  void Start() override { subject_->Start(); }
  void Heal() override { subject_->Heal(); }
  bool RunDry() override { return subject_->RunDry(); }
  bool Dry() const override { return subject_->Dry(); }
  void Close() override { subject_->Close(); }
  void Stopped() override { subject_->Stopped(); }

 private:
  void AtStep() override {
    for (const client::SpawnedTask* task = world().loop().first_task; task != nullptr; task = task->next_of_loop()) {
      if (task->done() || task->waiter() == nullptr) continue;
      survey_.Note(task->waiter()->awaitable());
      client::ForEachSite(*task, [this](const client::Site& site) { survey_.Note(site); });
    }
  }

  std::unique_ptr<Subject> subject_;
  SiteSurvey& survey_;
};

class SiteSurvey::WatchedProgram final : public Program {
 public:
  WatchedProgram(const Program& program, SiteSurvey& survey) : program_(program), survey_(survey) {}

  const std::string& name() const override { return program_.name(); }
  const WorldConfig& config() const override { return program_.config(); }
  std::unique_ptr<Subject> Make(World& world) const override {
    return std::make_unique<Watched>(world, program_.Make(world), survey_);
  }

 private:
  const Program& program_;
  SiteSurvey& survey_;
};

void SiteSurvey::Note(const client::Site& site) {
  const std::pair<const char*, uint32_t> noted(site.file_name(), site.line());
  if (noted_.contains(noted)) return;
  HostScope host;
  noted_.insert(noted);
  places_.emplace(noted.first, noted.second);
}

void SiteSurvey::Run(const Program& program, Memory memory, uint64_t random_runs, uint64_t seed) {
  const WatchedProgram watched(program, *this);
  Runner runner({memory, {}}, std::make_shared<History>());
  RunOptions options;
  options.laws = LawSet::None();
  options.laws.Add(LawId::kNone);  // the one that looks
  SparseSource quiet((SparseTape()));
  runner.Run(watched, quiet, options);
  RandomSource random;
  for (uint64_t i = 1; i <= random_runs; ++i) {
    random.Seed(RunSeed(seed, i));
    runner.Run(watched, random, options);
  }
  runs_ += 1 + random_runs;
}

}  // namespace sim
