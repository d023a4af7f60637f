#include "client/http/stream_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"

namespace client {

// Waits for `wanted` bytes or the end.
class StreamReader::EnoughAwaiter {
 public:
  EnoughAwaiter(StreamReader& reader, size_t wanted)
      : reader_(reader), wanted_(wanted), waiter_(WaitReason{"data of", reader.name_}) {}
  EnoughAwaiter(const EnoughAwaiter&) = delete;
  EnoughAwaiter& operator=(const EnoughAwaiter&) = delete;
  ~EnoughAwaiter() {
    if (waiter_.waiting() || waiter_.woken()) reader_.EndWait(waiter_);
  }

  bool await_ready() const {
    CHECK(reader_.waiter_ == nullptr);
    return reader_.Ready(wanted_);
  }
  template <class P>
  void await_suspend(std::coroutine_handle<P> handle, Site at = Site::current()) {
    waiter_.Suspend(handle, at);
    reader_.BeginWait(waiter_, wanted_);
  }
  void await_resume() { reader_.EndWait(waiter_); }

 private:
  StreamReader& reader_;
  size_t wanted_;
  Waiter waiter_;
};

StreamReader::StreamReader(EventLoop& loop, ClientObserver& observer, FlowControl& flow, Name name, Limits limits)
    : NamedObject(loop.named_objects),
      loop_(loop),
      observer_(observer),
      flow_(flow),
      name_(name),
      limits_(limits) {
  CHECK_LE(limits.low_water, limits.high_water);
}

StreamReader::~StreamReader() {
  CHECK(waiter_ == nullptr);
  observer_.PayloadDestroyed(name_);
}

void StreamReader::FeedData(Slice bytes) {
  CHECK(!ended());
  if (bytes.empty()) return;
  const size_t size = bytes.size();
  buffered_ += size;
  bytes_fed_ += size;
  chunks_.push_back(std::move(bytes));
  observer_.PayloadFed(name_, size, buffered_);
  PauseIfFull();
  if (waiter_ != nullptr && buffered_ >= wanted_) WakeReader();
}

void StreamReader::FeedEof() {
  observer_.PayloadEof(name_);
  if (ended()) return;
  eof_ = true;
  LeaveReadingResumed();
  Detach();
  WakeReader();
  const Callback hook = std::exchange(on_eof_, nullptr);
  if (hook != nullptr) hook(on_eof_argument_);
}

void StreamReader::SetError(ClientError error) {
  observer_.PayloadError(name_, error);
  if (ended()) return;
  error_ = std::move(error);
  on_eof_ = nullptr;
  LeaveReadingResumed();
  Detach();
  WakeReader();
}

void StreamReader::OnEof(Callback callback, void* argument) {
  if (eof_ && callback != nullptr) return callback(argument);
  on_eof_ = callback;
  on_eof_argument_ = argument;
}

Task<Result<std::string>> StreamReader::ReadExactly(size_t n) {
  co_await EnoughAwaiter(*this, n);
  if (buffered_ < n) co_return EndedBefore(n);
  co_return TakeExactly(n);
}

Task<Result<std::string>> StreamReader::ReadUntil(std::string delimiter, size_t max) {
  CHECK(!delimiter.empty());
  size_t searched = 0;
  while (true) {
    const size_t end = FindEnd(delimiter, searched);
    if (end <= max) co_return TakeExactly(end);
    if (buffered_ >= max) {
      co_return ClientError(ErrorKind::kProtocol, absl::StrCat("no delimiter within ", max, " bytes"));
    }
    if (ended()) co_return EndedBefore(buffered_ + 1);
    searched = buffered_ - std::min(buffered_, delimiter.size() - 1);
    co_await EnoughAwaiter(*this, buffered_ + 1);
  }
}

Task<Result<std::string>> StreamReader::ReadAll(size_t max) {
  std::string all;
  while (true) {
    Result<Slice> chunk = co_await ReadAny();
    if (!chunk.ok()) co_return chunk.error();
    if (chunk->empty()) co_return std::move(all);
    if (chunk->size() > max - all.size()) {
      co_return ClientError(ErrorKind::kProtocol, absl::StrCat("the body is longer than ", max, " bytes"));
    }
    all.append(chunk->data(), chunk->size());
  }
}

void StreamReader::BeginWait(Waiter& waiter, size_t wanted) {
  waiter_ = &waiter;
  wanted_ = wanted;
  if (buffered_ < wanted_) LeaveReadingResumed();  // paused, it would never get what it waits for
}

void StreamReader::WakeReader() {
  if (waiter_ != nullptr && waiter_->waiting()) waiter_->Wake();
}

void StreamReader::PauseIfFull() {
  const size_t limit = waiter_ != nullptr ? std::max(limits_.high_water, wanted_) : limits_.high_water;
  if (paused_ || flow_.get() == nullptr || buffered_ <= limit) return;
  paused_ = true;
  flow_.get()->PauseReading();
}

void StreamReader::ResumeIfDrained() {
  if (buffered_ <= limits_.low_water) LeaveReadingResumed();
}

void StreamReader::LeaveReadingResumed() {
  if (!paused_) return;
  paused_ = false;
  if (FlowControl* const flow = flow_.get()) flow->ResumeReading();
}

Result<Slice> StreamReader::TakeUpTo(size_t n) {
  if (buffered_ == 0) {
    if (error_.has_value()) return *error_;
    CHECK(eof_);
    return Slice();
  }
  Slice& front = chunks_[first_];
  Slice taken;
  if (front.size() <= n) {
    taken = std::move(front);
    DropFront();
  } else {
    taken = front.Sub(0, n);
    front.RemovePrefix(n);
  }
  Consumed(taken.size());
  return taken;
}

std::string StreamReader::TakeExactly(size_t n) {
  std::string taken;
  taken.reserve(n);
  while (taken.size() < n) {
    Slice& front = chunks_[first_];
    const size_t part = std::min(front.size(), n - taken.size());
    taken.append(front.data(), part);
    front.RemovePrefix(part);
    if (front.empty()) DropFront();
  }
  if (n > 0) Consumed(n);
  return taken;
}

void StreamReader::DropFront() {
  constexpr size_t kCompactFrom = 32;
  chunks_[first_] = Slice();
  ++first_;
  if (first_ == chunks_.size() || (first_ >= kCompactFrom && first_ * 2 >= chunks_.size())) {
    chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(first_));  // keeps the memory
    first_ = 0;
  }
}

void StreamReader::Consumed(size_t n) {
  buffered_ -= n;
  observer_.PayloadRead(name_, n, buffered_);
  ResumeIfDrained();
}

ClientError StreamReader::EndedBefore(size_t n) const {
  if (error_.has_value()) return *error_;
  return ClientError(ErrorKind::kUsage,
                     absl::StrCat("the stream ended with ", buffered_, " bytes left, ", n, " or more were asked for"));
}

size_t StreamReader::FindEnd(absl::string_view delimiter, size_t from) const {
  size_t offset = 0;  // of the current slice
  for (size_t i = first_; i < chunks_.size(); ++i) {
    const absl::string_view text = chunks_[i].view();
    size_t at = from > offset ? std::min(from - offset, text.size()) : 0;
    while ((at = text.find(delimiter.front(), at)) != absl::string_view::npos) {
      if (Matches(delimiter, i, at)) return offset + at + delimiter.size();
      ++at;
    }
    offset += text.size();
  }
  return absl::string_view::npos;
}

bool StreamReader::Matches(absl::string_view delimiter, size_t chunk, size_t at) const {
  while (chunk < chunks_.size()) {
    const absl::string_view text = chunks_[chunk].view().substr(at);
    const size_t part = std::min(text.size(), delimiter.size());
    if (text.substr(0, part) != delimiter.substr(0, part)) return false;
    delimiter.remove_prefix(part);
    if (delimiter.empty()) return true;
    ++chunk;
    at = 0;
  }
  return false;
}

std::string StreamReader::DebugString() const {
  std::string text = absl::StrCat(buffered_, " bytes buffered of ", bytes_fed_);
  if (eof_) absl::StrAppend(&text, ", eof");
  if (error_.has_value()) absl::StrAppend(&text, ", error: ", error_->message());
  if (waiter_ != nullptr) absl::StrAppend(&text, ", a reader wants ", wanted_);
  if (paused_) absl::StrAppend(&text, ", reading paused");
  return text;
}

}  // namespace client
