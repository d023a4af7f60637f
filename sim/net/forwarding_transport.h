// A transport that does as another one does: for those that change one thing of it.
#ifndef SIM_NET_FORWARDING_TRANSPORT_H_
#define SIM_NET_FORWARDING_TRANSPORT_H_

#include <cstddef>
#include <memory>
#include <utility>

#include "client/net/transport.h"

namespace sim {

class ForwardingTransport : public client::Transport {
 public:
  explicit ForwardingTransport(std::unique_ptr<client::Transport> inner) : inner_(std::move(inner)) {}

  void SetProtocol(client::Protocol* protocol) override { inner_->SetProtocol(protocol); }
  void Write(client::Slice bytes) override { inner_->Write(std::move(bytes)); }
  void WriteEof() override { inner_->WriteEof(); }
  void Close() override { inner_->Close(); }
  void SayGoodbye() override { inner_->SayGoodbye(); }
  void PauseReading() override { inner_->PauseReading(); }
  void ResumeReading() override { inner_->ResumeReading(); }
  bool reading_paused() const override { return inner_->reading_paused(); }
  bool writing_paused() const override { return inner_->writing_paused(); }
  size_t unsent_bytes() const override { return inner_->unsent_bytes(); }
  bool closing() const override { return inner_->closing(); }
  client::Name name() const override { return inner_->name(); }

 protected:
  client::Transport& inner() { return *inner_; }

 private:
  std::unique_ptr<client::Transport> inner_;
};

}  // namespace sim

#endif  // SIM_NET_FORWARDING_TRANSPORT_H_
