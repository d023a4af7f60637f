#include "client/net/uv_signal.h"

#include "client/base/check.h"

namespace client {

UvSignal::UvSignal(UvReactor& reactor, int number, Name name, Runnable::Function function, void* argument)
    : handle_(new uv_signal_t), source_(reactor.events(), name), caught_(function, argument) {
  CHECK_EQ(uv_signal_init(reactor.uv(), handle_), 0);
  handle_->data = this;
  const uv_signal_cb caught = [](uv_signal_t* handle, int) {
    auto* const self = static_cast<UvSignal*>(handle->data);
    if (self != nullptr && !self->caught_.posted()) self->source_.loop().Post(self->source_, self->caught_);
  };
  CHECK_EQ(uv_signal_start(handle_, caught, number), 0);
}

UvSignal::~UvSignal() {
  handle_->data = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(handle_),
           [](uv_handle_t* handle) { delete reinterpret_cast<uv_signal_t*>(handle); });
}

}  // namespace client
