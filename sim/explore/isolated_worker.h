// A child process that may die: what runs in it can abort, crash, eat memory or never return, and the parent goes on.
//
//   1. The child is a fork, so it has the parent's programs; what it gives back lies in shared memory (History, and
//      what its user maps).
//   2. Its stdout and stderr are captured, at most the first and the last 8 KiB.
//   3. It is killed when the heartbeat of its history has stood still for the step limit, and when the parent dies.
//   4. SIGINT and SIGTERM do not reach it (Ctrl-C and timeout(1) send them to the whole process group): who watches
//      decides when it ends.
//
// Not thread-safe; the parent has one thread.
#ifndef SIM_EXPLORE_ISOLATED_WORKER_H_
#define SIM_EXPLORE_ISOLATED_WORKER_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "sim/world/history.h"
#include "sim/world/runner.h"

namespace sim {

struct IsolationOptions {
  int64_t step_limit_ns = 10'000'000'000;   // of the host's time, for one step
  uint64_t memory_max = uint64_t{4} << 30;  // bytes on the child's heap (without sanitizers)
  Memory memory = Runner::Options().memory;  // where worlds live
};

class IsolatedWorker {
 public:
  // The child's side of the conversation.
  class Child {
   public:
    // `socket` is that of a fork that has become another process.
    explicit Child(int socket) : socket_(socket) {}
    int socket() const { return socket_; }

    // Waits for the parent's Ask(). False if the parent wants no more.
    bool WaitForRequest();
    void Answer();

   private:
    int socket_;
  };

  // How a child ended.
  struct Ending {
    bool crashed = false;
    bool killed = false;  // crashed by a SIGKILL that was not ours: somebody's, or the kernel's for want of memory
    std::string reason;  // one line: the failed CHECK, the sanitizer's finding, the signal, the step that hangs
    std::string output;  // what it printed, shortened
  };

  // `history` is the heartbeat; not owned.
  IsolatedWorker(const IsolationOptions& options, const History& history) : options_(options), history_(history) {}
  IsolatedWorker(const IsolatedWorker&) = delete;
  IsolatedWorker& operator=(const IsolatedWorker&) = delete;
  ~IsolatedWorker() { Kill(); }

  // Forks a child that runs `body` and exits. Requires !running().
  void Start(absl::FunctionRef<void(Child&)> body);
  bool running() const { return pid_ > 0; }
  void Kill();

  // Sends a request. The watchdog looks only at workers that owe something: after Ask() until the answer, or, for
  // those that were never asked, always.
  void Ask();
  // True once after each answer.
  bool TakeAnswer();

  // Waits until a worker has answered or ended, or for `wait_ns` (at most 0.1 s), or for a signal of the parent's.
  // Collects output, kills what hangs. Workers that do not run are skipped.
  static void Wait(const std::vector<IsolatedWorker*>& workers, int64_t wait_ns);

  // Of the last child; requires !running().
  const Ending& ending() const { return ending_; }

 private:
  void CloseAll();
  void ReadOutput();
  void ReadSocket();
  void Watch(int64_t now_ns);
  void Reap();
  std::string Output() const;

  IsolationOptions options_;
  const History& history_;
  pid_t pid_ = 0;
  int socket_ = -1;  // requests and answers
  int output_ = -1;
  bool asked_ = false;
  bool conversing_ = false;  // Ask() was called at least once
  bool answered_ = false;
  uint64_t seen_run_ = 0, seen_steps_ = 0;
  int64_t seen_at_ns_ = 0;
  std::string hang_;  // set when the watchdog killed it
  std::string head_, tail_;
  Ending ending_;
};

// What stays the same when the same crash happens again: the reason without numbers and addresses.
std::string CrashClass(absl::string_view reason);

}  // namespace sim

#endif  // SIM_EXPLORE_ISOLATED_WORKER_H_
