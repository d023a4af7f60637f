// One end of a connection, for tests: it writes down what it is told.
//
//   TestEnd end;
//   end.Use(std::move(transport));
//   ...
//   EXPECT_EQ(end.log, "data(hello) eof ");
#ifndef CLIENT_TESTING_TEST_END_H_
#define CLIENT_TESTING_TEST_END_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/net/transport.h"

namespace client::testing {

// Every callback is written down, and then given to `on`, which may destroy the transport but not the end.
class TestEnd final : public Protocol {
 public:
  std::string log;     // "data(hello) data(5) pause resume eof lost(ok) "
  std::string kinds;   // the same without sizes, data that follows data being one: "data eof lost(ok) "
  std::string faults;  // what no transport may do: callbacks in callbacks, or after the last one
  std::string received;
  bool log_bytes = true;  // "data(hello)", or "data(5)"
  bool lost = false;
  std::function<void(absl::string_view what)> on;
  std::function<void(const Slice& bytes)> on_data;  // before it is written down
  std::unique_ptr<Transport> transport;
  Result<void> loss;

  void Use(std::unique_ptr<Transport> connected) {
    transport = std::move(connected);
    transport->SetProtocol(this);
  }
  Transport* operator->() { return transport.get(); }
  bool Saw(absl::string_view kind) const { return absl::StrContains(kinds, kind); }

  void DataReceived(Slice bytes) override {
    received.append(bytes.data(), bytes.size());
    if (on_data) on_data(bytes);
    Event("data", log_bytes ? absl::StrCat("(", bytes.view(), ")") : absl::StrCat("(", bytes.size(), ")"));
  }
  void EofReceived() override { Event("eof", ""); }
  void ConnectionLost(Result<void> error) override {
    loss = error;
    Event("lost", error.ok() ? "(ok)" : absl::StrCat("(", error.error().message(), ")"));
  }
  void PauseWriting() override { Event("pause", ""); }
  void ResumeWriting() override { Event("resume", ""); }

 private:
  void Event(absl::string_view what, absl::string_view detail) {
    if (inside_) absl::StrAppend(&faults, what, " in a callback; ");
    if (lost) absl::StrAppend(&faults, what, " after the loss; ");
    lost = lost || what == "lost";
    absl::StrAppend(&log, what, detail, " ");
    if (what != "data") {
      absl::StrAppend(&kinds, what, detail, " ");
    } else if (!absl::EndsWith(kinds, "data ")) {
      kinds += "data ";
    }
    inside_ = true;
    if (on) on(what);
    inside_ = false;
  }

  bool inside_ = false;
};

}  // namespace client::testing

#endif  // CLIENT_TESTING_TEST_END_H_
