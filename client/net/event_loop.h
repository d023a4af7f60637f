// The loop that runs everything: one half of the seam between the client and the world (the other is network.h).
//
// Ordering, which every implementation keeps and on which the client may rely, and on nothing more:
//   1. A Source is a task, a connection, a timer, or whatever else posts. Callbacks posted to one source run in the
//      order posted, each as a step of its own: it runs to its end, and nothing else runs meanwhile.
//   2. Between sources there is no order at all, also among timers that are due at the same time.
//   3. A due timer is a ready source like any other. The loop may be late, never early.
//   4. Posting never runs anything: nobody is destroyed under a frame that is still on the stack.
//
// Everything here is intrusive: posting, arming and cancelling allocate nothing, and destroying the object cancels.
#ifndef CLIENT_NET_EVENT_LOOP_H_
#define CLIENT_NET_EVENT_LOOP_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "client/base/name.h"
#include "client/base/references.h"

namespace client {

class EventLoop;
class Source;
class SpawnedTask;

// A callback that can be posted; at most once at a time. Not copyable: the loop keeps its address.
class Runnable {
 public:
  using Function = void (*)(void* argument);

  Runnable(Function function, void* argument) : function_(function), argument_(argument) {}
  Runnable(const Runnable&) = delete;
  Runnable& operator=(const Runnable&) = delete;
  ~Runnable();  // takes it back if it is still posted

  bool posted() const { return source_ != nullptr; }
  Source* source() const { return source_; }

  // For implementations of EventLoop. `function` may destroy this Runnable and its Source.
  void Run() { function_(argument_); }

 private:
  friend class Source;

  Function function_;
  void* argument_;
  Source* source_ = nullptr;
  Runnable* next_ = nullptr;
  Runnable* previous_ = nullptr;
};

// Who posts. Destroying a source takes back all that is posted to it.
class Source {
 public:
  Source(EventLoop& loop, Name name) : loop_(&loop), name_(name) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source();

  EventLoop& loop() const { return *loop_; }
  Name name() const { return name_; }
  void set_name(Name name) { name_ = name; }

  // For implementations of EventLoop.
  bool empty() const { return head_ == nullptr; }
  void Append(Runnable& runnable);
  Runnable& TakeFirst();           // requires !empty()
  void Remove(Runnable& runnable);  // requires that it is posted here
  uint32_t ready_position = 0;      // the loop's own note

 private:
  EventLoop* loop_;
  Name name_;
  Runnable* head_ = nullptr;
  Runnable* tail_ = nullptr;
};

// What a timer is for. A simulation must tell a user's timeout, behind which a deadlock may hide, from timers whose
// firing is part of a contract.
enum class TimerKind : uint8_t {
  kSleep,     // something is under way: a server's pace, bytes on their way
  kContract,  // part of a protocol: 100-continue, heartbeat; firing is progress
  kIdle,      // housekeeping for which nobody waits: expiry of an idle connection
  kTimeout,   // gives up an operation of the user's
  kUser,      // a user chose to wait: his sleep, a body source that takes its time
};

// Fires once at its deadline, as a source of its own; may be armed again. Destroying it disarms it.
class Timer {
 public:
  Timer(EventLoop& loop, Name name, TimerKind kind, Runnable::Function function, void* argument)
      : source_(loop, name), fire_(function, argument), kind_(kind) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer();

  // Arms it, or moves its deadline. A deadline in the past fires as soon as the loop gets to it.
  void PostAt(absl::Time deadline);
  void Cancel();  // also when it is due and has not run yet

  bool pending() const { return armed() || fire_.posted(); }
  TimerKind kind() const { return kind_; }
  Name name() const { return source_.name(); }
  void set_name(Name name) { source_.set_name(name); }

  // For implementations of EventLoop.
  static constexpr uint32_t kUnarmed = ~0u;
  bool armed() const { return heap_position != kUnarmed; }
  Source& source() { return source_; }
  Runnable& fire() { return fire_; }
  int64_t deadline_ns = 0;
  uint64_t sequence = 0;
  uint32_t heap_position = kUnarmed;

 private:
  Source source_;
  Runnable fire_;
  TimerKind kind_;
};

class EventLoop {
 public:
  virtual ~EventLoop() = default;

  // Monotonic time: never goes back, says nothing of the calendar.
  virtual absl::Time Now() const = 0;

  // Queues `runnable` behind what `source` has posted already. Requires that it is not posted.
  virtual void Post(Source& source, Runnable& runnable) = 0;
  virtual void Cancel(Runnable& runnable) = 0;  // no effect if it is not posted

  // Used by Timer.
  virtual void Arm(Timer& timer, absl::Time deadline) = 0;
  virtual void Disarm(Timer& timer) = 0;  // no effect if it is not armed

  // Remembers how to render `name`. Called once where a name is made; a real loop may ignore it. Who renders later
  // copies the text of `kind`: it may be a host's name ("pool/a.test:80"), which ends with its pool.
  virtual void Register(Name name, Name parent, const NameKind& kind, uint32_t number) {
    (void)name, (void)parent, (void)kind, (void)number;
  }

  // All tasks that run on this loop, oldest first; kept by SpawnedTask.
  SpawnedTask* first_task = nullptr;
  SpawnedTask* last_task = nullptr;
  size_t unfinished_tasks = 0;  // how many of them are not done()

  // What lives on this loop and can say what it keeps alive.
  NamedObjects named_objects;

  // The source whose callback is running; null between steps.
  Source* current() const { return current_; }

 protected:
  Source* current_ = nullptr;

 private:
  friend class Source;
  // The source is about to be destroyed while it has something posted, or while it is running.
  virtual void Forget(Source& source) = 0;
};

// Makes and registers a name.
inline Name MakeName(EventLoop& loop, Name parent, const NameKind& kind, uint32_t number = 0) {
  const Name name = parent.Child(kind, number);
  loop.Register(name, parent, kind, number);
  return name;
}

inline Runnable::~Runnable() {
  if (source_ != nullptr) source_->loop().Cancel(*this);
}
inline Source::~Source() {
  if (head_ != nullptr || loop_->current_ == this) loop_->Forget(*this);
}
inline Timer::~Timer() {
  if (armed()) source_.loop().Disarm(*this);
}
inline void Timer::PostAt(absl::Time deadline) {
  Cancel();
  source_.loop().Arm(*this, deadline);
}
inline void Timer::Cancel() {
  if (armed()) source_.loop().Disarm(*this);
  if (fire_.posted()) source_.loop().Cancel(fire_);
}

inline void Source::Append(Runnable& runnable) {
  runnable.source_ = this;
  runnable.next_ = nullptr;
  runnable.previous_ = tail_;
  if (tail_ != nullptr) {
    tail_->next_ = &runnable;
  } else {
    head_ = &runnable;
  }
  tail_ = &runnable;
}
inline void Source::Remove(Runnable& runnable) {
  (runnable.previous_ != nullptr ? runnable.previous_->next_ : head_) = runnable.next_;
  (runnable.next_ != nullptr ? runnable.next_->previous_ : tail_) = runnable.previous_;
  runnable.source_ = nullptr;
  runnable.next_ = runnable.previous_ = nullptr;
}
inline Runnable& Source::TakeFirst() {
  Runnable& first = *head_;
  Remove(first);
  return first;
}

}  // namespace client

#endif  // CLIENT_NET_EVENT_LOOP_H_
