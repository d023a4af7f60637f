// A WebSocket on a fake network, with tasks that use it, for the client's tests.
#ifndef CLIENT_TESTING_WEBSOCKET_FIXTURE_H_
#define CLIENT_TESTING_WEBSOCKET_FIXTURE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "client/async/task_group.h"
#include "client/testing/client_fixture.h"
#include "client/websocket/frame_codec.h"
#include "client/websocket/websocket.h"

namespace client::testing {

// An operation in a task of its own, and its end in words.
struct Operation {
  std::string outcome = "pending";
  absl::optional<SpawnedTask> task;
};

// Gives the parts one by one, then the end.
class ScriptedSource final : public BodySource {
 public:
  explicit ScriptedSource(std::vector<Result<Slice>> parts) : parts_(std::move(parts)) {}
  Task<Result<Slice>> Next() override;

 private:
  std::vector<Result<Slice>> parts_;
  size_t next_ = 0;
};

class WebSocketFixture : public ClientFixture {
 public:
  ~WebSocketFixture() override { Forget(); }

 protected:
  static constexpr absl::string_view kAccept = "ICX+Yqv66kxgM0FcWaLWlFLwTAI=";  // of sixteen zeros

  // What a server says.
  static std::string Answer(absl::string_view more = "");
  static std::string Frame(FrameOpcode opcode, absl::string_view payload, bool fin = true);
  static std::string Text(absl::string_view text) { return Frame(FrameOpcode::kText, text); }
  static std::string CloseFrame(uint16_t code);

  // Destroys operations and socket.
  void Forget();
  // The same, and the session; expects that nothing is left.
  void ExpectAllClean();

  // Each starts an operation, and runs until nothing is ready.
  Operation& Spawn(Task<> task, Operation& operation);
  Operation& StartConnect();
  Operation& Receive(size_t count = 100);  // "one;two;end"
  Operation& Send(std::string data, MessageType type = MessageType::kText);
  Operation& SendStream(MessageType type, std::vector<Result<Slice>> parts);
  Operation& Ping();
  Operation& Close(uint16_t code = kCloseNormal);
  Operation& CloseSession();
  // The task that StartConnect() starts.
  Task<> Connect(std::string& out);
  // The task that Send() starts.
  Task<> SendText(std::string data, std::string& out);

  // Connects, and answers with the handshake and `more` in one segment.
  void Open(absl::string_view more = "");
  void Peer(absl::string_view bytes);
  // What the client sent since Open(), as far as it makes whole messages: "text[hello]close[1000]".
  std::string Sent() { return Sent(absl::nullopt); }
  std::string Sent(const absl::optional<DeflateParameters>& agreed);

  WebSocketOptions socket_options;
  uint32_t sockets = 0;
  std::unique_ptr<WebSocket> socket;
  std::deque<Operation> operations;
};

}  // namespace client::testing

#endif  // CLIENT_TESTING_WEBSOCKET_FIXTURE_H_
