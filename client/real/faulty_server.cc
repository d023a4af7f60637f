#include "client/real/faulty_server.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/base/check.h"
#include "client/net/uv_listener.h"
#include "client/net/uv_loop.h"
#include "client/real/real_fixture.h"

namespace client::testing {
namespace {

constexpr uint32_t kPeriod = 100;  // one response of so many is faulty
constexpr uint32_t kSizeMax = 64 << 10;

class Server;

class Connection final : public Protocol {
 public:
  Connection(Server& server, std::unique_ptr<Transport> transport)
      : server_(server), transport_(std::move(transport)) {
    transport_->SetProtocol(this);
  }
  void Answer();

  std::list<Connection>::iterator self;
  bool buried = false;

 private:
  void DataReceived(Slice bytes) override;
  void EofReceived() override { transport_->Close(); }
  void ConnectionLost(Result<void>) override;
  void PauseWriting() override {}
  void ResumeWriting() override {}

  Server& server_;
  std::unique_ptr<Transport> transport_;
  std::string head_;
  uint32_t number_ = 0;
};

class Server final : public AcceptHandler {
 public:
  Server(UvLoop& loop, uint32_t gathered)
      : gathered_(gathered),
        source_(loop, MakeName(loop, Name(), "server")),
        answer_([](void* self) { static_cast<Server*>(self)->AnswerOne(); }, this),
        bury_([](void* self) { static_cast<Server*>(self)->dead_.clear(); }, this) {
    waiting_.reserve(gathered);
  }

  void OnAccepted(std::unique_ptr<Transport> transport, Name) override {
    live_.emplace_front(*this, std::move(transport));
    live_.front().self = live_.begin();
  }
  // True: to be answered at once.
  bool Arrived(Connection& connection) {
    if (arrived_ >= gathered_) return true;
    waiting_.push_back(&connection);
    if (++arrived_ == gathered_) source_.loop().Post(source_, answer_);
    return false;
  }
  // Not from here: who says so may be inside a callback.
  void Bury(Connection& connection) {
    if (std::exchange(connection.buried, true)) return;
    std::replace(waiting_.begin(), waiting_.end(), &connection, static_cast<Connection*>(nullptr));
    dead_.splice(dead_.begin(), live_, connection.self);
    if (!bury_.posted()) source_.loop().Post(source_, bury_);
  }

 private:
  void AnswerOne() {
    Connection* const connection = waiting_.back();
    waiting_.pop_back();
    if (!waiting_.empty()) source_.loop().Post(source_, answer_);
    if (connection != nullptr) connection->Answer();  // or it has been given up
  }

  const uint32_t gathered_;
  uint32_t arrived_ = 0;
  std::vector<Connection*> waiting_;
  std::list<Connection> live_;
  std::list<Connection> dead_;
  Source source_;
  Runnable answer_;
  Runnable bury_;
};

// A request comes in pieces of a few bytes. Who is to be reset is not read to the end: what is left unread turns the
// closing into a reset.
void Connection::DataReceived(Slice bytes) {
  head_.append(bytes.data(), bytes.size());
  if (number_ == 0) {
    const size_t end = head_.find(" HTTP");
    if (end == std::string::npos) return;
    if (!absl::SimpleAtoi(absl::string_view(head_).substr(5, end - 5), &number_)) return server_.Bury(*this);
    if (FaultOf(number_) == Fault::kReset) {
      transport_->PauseReading();
      if (server_.Arrived(*this)) Answer();
      return;
    }
  }
  if (head_.size() < 4 || head_.compare(head_.size() - 4, 4, "\r\n\r\n") != 0) return;
  if (server_.Arrived(*this)) Answer();
}

void Connection::ConnectionLost(Result<void>) { server_.Bury(*this); }

void Connection::Answer() {
  const Fault fault = FaultOf(number_);
  const absl::string_view body = BodyOf(number_);
  const absl::string_view part = fault == Fault::kNone ? body : body.substr(0, body.size() / 2);
  // A body until the end of the connection would make a clean end of a cut.
  const uint32_t framing = fault == Fault::kNone ? number_ % 3 : number_ / kPeriod % 2;
  std::string head = "HTTP/1.1 200 OK\r\n";
  if (framing == 0) absl::StrAppend(&head, "Content-Length: ", body.size(), "\r\n\r\n");
  if (framing == 1) absl::StrAppend(&head, "Transfer-Encoding: chunked\r\n\r\n");
  if (framing == 1 && !part.empty()) absl::StrAppend(&head, absl::Hex(body.size()), "\r\n");
  if (framing == 2) absl::StrAppend(&head, "Connection: close\r\n\r\n");
  transport_->Write(Slice::Copy(head));
  transport_->Write(Slice::Static(part));
  if (framing == 1 && fault == Fault::kNone) {
    transport_->Write(Slice::Static(part.empty() ? "0\r\n\r\n" : "\r\n0\r\n\r\n"));
  }
  head_.clear();
  if (fault == Fault::kReset) return server_.Bury(*this);
  if (fault == Fault::kCut || framing == 2) transport_->Close();
  if (fault != Fault::kStall) number_ = 0;
}

void Serve(uint32_t gathered, int told) {
  RaiseFileLimit();
  UvLoop loop;
  Server server(loop, gathered);
  SocketOptions options;
  options.max_read = 16;
  Result<std::unique_ptr<UvListener>> listener =
      UvListener::Listen(loop, {"127.0.0.1", 0}, options, MakeName(loop, Name(), "listener"), server);
  const uint16_t port = listener.ok() ? (*listener)->address().port : 0;
  if (write(told, &port, sizeof(port)) != sizeof(port)) _exit(1);
  loop.RunUntil([] { return false; });
}

}  // namespace

Fault FaultOf(uint32_t number) {
  if (number % kPeriod != kPeriod / 2) return Fault::kNone;
  constexpr Fault kFaults[] = {Fault::kReset, Fault::kCut, Fault::kStall};
  return kFaults[number / kPeriod % 3];
}

absl::string_view BodyOf(uint32_t number) {
  static const std::string noise = Noise(1, kSizeMax * 2);
  const uint32_t dice = number * 2654435761u;
  const uint32_t size = number % 20 == 0 ? dice % kSizeMax : dice % 8192;
  // What ends in the middle has a middle.
  return absl::string_view(noise).substr(dice >> 17, FaultOf(number) == Fault::kNone ? size : size + 2);
}

FaultyServer::FaultyServer(uint32_t gathered) {
  int channel[2];
  CHECK_EQ(pipe(channel), 0);
  const pid_t parent = getpid();
  process_ = fork();
  CHECK_GE(process_, 0);
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    close(channel[0]);
    Serve(gathered, channel[1]);
    _exit(0);
  }
  close(channel[1]);
  CHECK_EQ(read(channel[0], &port_, sizeof(port_)), static_cast<ssize_t>(sizeof(port_)));
  CHECK_NE(port_, 0);
  close(channel[0]);
}

FaultyServer::~FaultyServer() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

size_t RaiseFileLimit() {
  rlimit limit{};
  CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  return limit.rlim_cur;
}

}  // namespace client::testing
