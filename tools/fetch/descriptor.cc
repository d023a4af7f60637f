#include "tools/fetch/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "tools/fetch/exit_status.h"

namespace wavetank {
namespace {

using client::Buffer;
using client::Result;
using client::Slice;
using client::Task;

constexpr size_t kPipeTakes = 4096;  // PIPE_BUF: what a pipe that is ready for writing takes without blocking

}  // namespace

Descriptor::Descriptor(client::UvReactor& reactor, client::Name name, int number, Owner owner, std::string text)
    : name_(name), number_(number), owner_(owner), text_(std::move(text)) {
  struct stat about;
  if (fstat(number, &about) != 0 || S_ISREG(about.st_mode)) return;
  const int flags = fcntl(number, F_GETFL);
  poll_ = new uv_poll_t;
  if (uv_poll_init(reactor.uv(), poll_, number) != 0) {  // not to be waited for: /dev/null
    delete std::exchange(poll_, nullptr);
  } else {
    poll_->data = this;
  }
  fcntl(number, F_SETFL, flags);
}

Descriptor::~Descriptor() { static_cast<void>(Close().ok()); }

Result<void> Descriptor::Close() {
  if (poll_ != nullptr) {
    poll_->data = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(std::exchange(poll_, nullptr)),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); });
  }
  const int number = std::exchange(number_, -1);
  if (owner_ == Owner::kUs && number >= 0 && close(number) != 0) return FileError(text_, errno);
  return {};
}

Task<> Descriptor::Ready(int events) {
  if (poll_ == nullptr) co_return;
  ready_ = false;
  uv_poll_start(poll_, events, [](uv_poll_t* poll, int, int) {
    auto* const self = static_cast<Descriptor*>(poll->data);
    uv_poll_stop(poll);
    if (self == nullptr) return;
    self->ready_ = true;
    self->signal_.Wake();
  });
  const client::WaitReason reason{events == UV_READABLE ? "bytes from" : "room in", name_};
  while (!ready_) co_await signal_.Wait(reason);
}

Task<Result<Slice>> Descriptor::Read(size_t bytes_max) {
  Buffer* const buffer = Buffer::New(bytes_max);
  Slice bytes = Slice::Adopt(buffer, 0, bytes_max);
  for (;;) {
    co_await Ready(UV_READABLE);
    const ssize_t size = read(number_, buffer->data(), bytes_max);
    if (size >= 0) co_return bytes.Sub(0, static_cast<size_t>(size));
    if (errno != EINTR && errno != EAGAIN) co_return FileError(text_, errno);
  }
}

Task<Result<void>> Descriptor::Write(Slice bytes) {
  while (!bytes.empty()) {
    co_await Ready(UV_WRITABLE);
    const size_t most = poll_ != nullptr ? std::min(bytes.size(), kPipeTakes) : bytes.size();
    const ssize_t size = write(number_, bytes.data(), most);
    if (size > 0) bytes.RemovePrefix(static_cast<size_t>(size));
    if (size < 0 && errno != EINTR && errno != EAGAIN) co_return FileError(text_, errno);
  }
  co_return Result<void>();
}

}  // namespace wavetank
