// Closing the session, in the midst of things and at the end.

#include <utility>

#include "sim/workload/workload.h"

namespace sim {

using client::Task;

// What the collector has of it: destroying it destroys the task's frame.
class Workload::AbandonedClosing {
 public:
  AbandonedClosing(Workload& workload, client::SpawnedTask& task) : workload_(&workload), task_(&task) {}
  AbandonedClosing(AbandonedClosing&& other) noexcept
      : workload_(std::exchange(other.workload_, nullptr)), task_(other.task_) {}
  AbandonedClosing& operator=(AbandonedClosing&&) = delete;
  ~AbandonedClosing() {
    if (workload_ != nullptr) workload_->tasks_.Cancel(*task_);
  }

 private:
  Workload* workload_;
  client::SpawnedTask* task_;
};

void Workload::CloseSession() {
  closing_ = true;
  Start(last_);
}

void Workload::Start(Closing& closing) {
  if (!closing.name.empty()) return;
  closing.name = client::MakeName(world_.loop(), Name(), "closing", closing.last ? 0 : 1);
  closing.spawned = &tasks_.Spawn(closing.name, Close(closing));
  if (plan_.cancel_closing) Watch(closing);
}

Task<> Workload::Close(Closing& closing) {
  if (plan_.graceful_close || !closing.last) co_await CloseGracefully();
  if (closing.last) CloseNow();
  closing.spawned = nullptr;
  if (closing.canceller != nullptr) closing.canceller->Disarm();
}

// Somebody may abandon the session meanwhile.
Task<> Workload::CloseGracefully() {
  if (session_ == nullptr) co_return;
  observer_.SessionClosing();
  co_await session_->Close();
}

void Workload::CloseNow() {
  if (session_ == nullptr) return;
  observer_.SessionClosing();
  session_->CloseNow();
}

void Workload::Watch(Closing& closing) {
  Canceller::Ways ways;
  ways.cancel = [](void* argument) {
    Closing& closing = *static_cast<Closing*>(argument);
    if (closing.spawned == nullptr) return;
    closing.workload->tasks_.Cancel(*std::exchange(closing.spawned, nullptr));
    closing.workload->EndEarly(closing);
  };
  ways.abandon = [](void* argument) {
    Closing& closing = *static_cast<Closing*>(argument);
    Workload& workload = *closing.workload;
    client::SpawnedTask& task = *std::exchange(closing.spawned, nullptr);
    workload.collector_.Abandon(closing.name, AbandonedClosing(workload, task));
    workload.EndEarly(closing);
  };
  closing.canceller = std::make_unique<Canceller>(world_, closing.name, ways, &closing);
  closing.spawned->set_watcher(closing.canceller.get());
}

void Workload::EndEarly(Closing& closing) {
  world_.Record(TraceKind::kWorkload, closing.name, 5);
  closing.canceller->Disarm();
  if (closing.last) CloseNow();
}

void Workload::LoopStopped() {
  if (collector_.size() > 0) AbandonSession();
  collector_.LoopStopped();
  session_.reset();
}

}  // namespace sim
