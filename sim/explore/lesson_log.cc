#include "sim/explore/lesson_log.h"

#include <sys/mman.h>

#include <cstring>
#include <type_traits>

#include "client/base/check.h"

namespace sim {
namespace {

constexpr size_t kHead = 64;

static_assert(std::is_trivially_copyable_v<PlacedDecision>);

template <class T>
uint64_t Put(char* to, const std::vector<T>& values) {
  const uint64_t bytes = values.size() * sizeof(T);
  if (bytes != 0) std::memcpy(to, values.data(), bytes);
  return bytes;
}
template <class T>
uint64_t Get(const char* from, uint64_t count, std::vector<T>* values) {
  values->resize(count);
  if (count != 0) std::memcpy(values->data(), from, count * sizeof(T));
  return count * sizeof(T);
}

}  // namespace

LessonLog::LessonLog(size_t capacity) : capacity_(capacity) {
  void* memory = mmap(nullptr, kHead + capacity, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE,
                      -1, 0);
  CHECK(memory != MAP_FAILED);
  shared_ = static_cast<Shared*>(memory);
  bytes_ = static_cast<char*>(memory) + kHead;
}

LessonLog::~LessonLog() { munmap(shared_, kHead + capacity_); }

void LessonLog::Append(const Lesson& lesson) {
  CHECK_EQ(lesson.places.size(), lesson.keys.size());
  const uint64_t size = shared_->size;
  const Head head{lesson.run, lesson.questions, lesson.keys.size(), lesson.decisions.size()};
  const uint64_t bytes =
      sizeof(Head) + 2 * head.keys * sizeof(uint64_t) + head.decisions * sizeof(PlacedDecision);
  if (capacity_ - size < bytes) shared_->full = 1;  // nor any later one
  if (shared_->full != 0) return;
  char* at = bytes_ + size;
  std::memcpy(at, &head, sizeof(Head));
  at += sizeof(Head);
  at += Put(at, lesson.keys);
  at += Put(at, lesson.places);
  Put(at, lesson.decisions);
  shared_->size = size + bytes;
}

bool LessonLog::PeekRun(uint64_t offset, uint64_t* run) const {
  if (offset >= shared_->size) return false;
  std::memcpy(run, bytes_ + offset, sizeof(*run));
  return true;
}

uint64_t LessonLog::Read(uint64_t offset, Lesson* lesson) const {
  Head head;
  std::memcpy(&head, bytes_ + offset, sizeof(Head));
  offset += sizeof(Head);
  lesson->run = head.run;
  lesson->questions = head.questions;
  offset += Get(bytes_ + offset, head.keys, &lesson->keys);
  offset += Get(bytes_ + offset, head.keys, &lesson->places);
  return offset + Get(bytes_ + offset, head.decisions, &lesson->decisions);
}

}  // namespace sim
