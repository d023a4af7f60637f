#include "sim/http/proxy_connection.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/base/check.h"
#include "client/http/serializer.h"
#include "client/http/url.h"

namespace sim {

using client::Result;
using client::Slice;
using client::Transport;

namespace {

absl::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200: return "Connection established";
    case 403: return "Forbidden";
    case 407: return "Proxy Authentication Required";
    case 502: return "Bad Gateway";
    default: return "";
  }
}

}  // namespace

ProxyConnection::ProxyConnection(ProxyServer& proxy, std::unique_ptr<Transport> transport, Name name, Name connection)
    : proxy_(proxy),
      connection_(connection),
      name_(name),
      parser_(client::HttpParser::Mode::kRequest, client::HttpLimits(), *this),
      pace_timer_(proxy.world_.loop(), client::MakeName(proxy.world_.loop(), name_, "pace"), TimerKind::kSleep,
                  [](void* self) { static_cast<ProxyConnection*>(self)->GoOn(); }, this),
      front_(*this),
      back_(*this) {
  front_.transport = std::move(transport);
  front_.transport->SetProtocol(&front_);
}

ProxyConnection::~ProxyConnection() = default;

void ProxyConnection::Heal() {
  if (stage_ == Stage::kSilent) Close();
}

void ProxyConnection::Received(Side& side, Slice bytes) {
  if (stage_ == Stage::kAsked) return FirstRequest(bytes);
  if (stage_ == Stage::kRelaying) Other(side).transport->Write(std::move(bytes));
}

void ProxyConnection::Ended(Side& side) {
  side.ended = true;
  if (stage_ != Stage::kRelaying || Other(side).ended) return Close();
  Other(side).transport->WriteEof();
}

void ProxyConnection::Lost(Side& side, bool ok) {
  side.lost = true;
  if (stage_ == Stage::kRelaying && !ok) proxy_.network_.Abort(*Other(side).transport);
  Close();
  BuryIfLost();
}

void ProxyConnection::FirstRequest(const Slice& bytes) {
  received_.append(bytes.data(), bytes.size());
  const Result<size_t> used = parser_.Feed(bytes.view());
  if (!used.ok()) return Malformed(used.error().message());
  if (!problem_.empty()) return Malformed(problem_);
  head_bytes_ += *used;
  if (!understood_) return;
  Record(ServerEvent::kRequestHead);
  stage_ = Stage::kOpening;
  front_.transport->PauseReading();
  const int64_t scripted_ns = connect_ != nullptr ? connect_->before_ns : 0;
  const int64_t pause_ns = scripted_ns + proxy_.world_.ChooseFromMenu(Label::kServerPace, name_);
  if (pause_ns == 0) return GoOn();
  pace_timer_.PostAt(proxy_.world_.loop().Now() + absl::Nanoseconds(pause_ns));
}

void ProxyConnection::OnHead(client::MessageHead& head) {
  if (head.method == "CONNECT") {
    ReadConnect(head);
  } else {
    ReadAbsolute(head);
  }
  understood_ = problem_.empty();
}

void ProxyConnection::ReadConnect(const client::MessageHead& head) {
  // RFC 9112 section 3.2.3: the host and the port, which is never left out.
  const Result<client::Url> url = client::ParseUrl(absl::StrCat("http://", head.target));
  if (!url.ok() || url->target != "/" || !absl::EndsWith(head.target, absl::StrCat(":", url->port))) {
    problem_ = absl::StrCat("CONNECT to ", head.target, ", which is no host and port");
    return;
  }
  if (head.headers.Get("host").value_or("") != head.target) {
    problem_ = absl::StrCat("CONNECT to ", head.target, " with another Host");
    return;
  }
  host_ = url->host;
  port_ = url->port;
  connect_ = &proxy_.NextConnect();
}

void ProxyConnection::ReadAbsolute(const client::MessageHead& head) {
  const Result<client::Url> url = client::ParseUrl(head.target);
  if (!url.ok() || url->https) {
    problem_ = absl::StrCat("a request for ", head.target, " at a proxy, which is not http:// and in absolute form");
    return;
  }
  // RFC 9110 section 7.8: it would not be for the server, which RFC 6455 section 4.1 has asked for through a tunnel.
  if (head.upgrade) problem_ = absl::StrCat("an upgrade for ", head.target, " at a proxy, without a tunnel");
  host_ = url->host;
  port_ = url->port;
}

void ProxyConnection::GoOn() {
  if (connect_ == nullptr) {
    if (proxy_.world_.Choose(Label::kServerClose, name_, 2) == 1) {
      Record(ServerEvent::kClosedEarly);
      return Close();
    }
  } else if (connect_->silent) {
    return BeSilent();
  } else if (connect_->hangs_up || connect_->status < 200 || connect_->status > 299) {
    AnswerConnect(connect_->status);
    return Close();
  }
  const Name lookup = client::MakeName(proxy_.world_.loop(), name_, "lookup");
  proxy_.tap_.LookupMade(lookup);
  operation_ = proxy_.network_.Resolve(host_, port_, lookup, *this);
}

void ProxyConnection::OnResolved(Result<std::vector<client::Address>> addresses) {
  operation_.reset();
  if (!addresses.ok()) return Unreachable();
  addresses_ = *std::move(addresses);
  ConnectNext();
}

void ProxyConnection::ConnectNext() {
  if (attempts_ == addresses_.size()) return Unreachable();
  const client::Address& address = addresses_[attempts_++];
  const Name leg = client::MakeName(proxy_.world_.loop(), name_, "leg", static_cast<uint32_t>(attempts_));
  proxy_.tap_.LegMade(connection_, leg);
  client::SocketOptions options;
  options.write_high = proxy_.plan_.buffer;
  options.write_low = proxy_.plan_.buffer / 4;
  operation_ = proxy_.network_.Connect(address, options, leg, *this);
}

void ProxyConnection::OnConnected(Result<std::unique_ptr<Transport>> transport) {
  operation_.reset();
  if (!transport.ok()) return ConnectNext();
  Relay(*std::move(transport));
}

void ProxyConnection::Relay(std::unique_ptr<Transport> transport) {
  back_.transport = std::move(transport);
  back_.transport->SetProtocol(&back_);
  size_t ours = 0;
  if (connect_ != nullptr) {
    if (!AnswerConnect(connect_->status)) return Close();
    ours = head_bytes_;
    proxy_.tap_.TunnelOpened(connection_, client::AddressText(addresses_[attempts_ - 1]));
    Record(ServerEvent::kTunnelOpened);
  }
  stage_ = Stage::kRelaying;
  back_.transport->Write(Slice::Copy(absl::string_view(received_).substr(ours)));
  received_.clear();
  if (front_.transport->writing_paused()) back_.transport->PauseReading();
  if (!back_.transport->writing_paused()) front_.transport->ResumeReading();
}

// RFC 9110 section 15.6.3.
void ProxyConnection::Unreachable() {
  if (connect_ != nullptr) {
    AnswerConnect(502);
    return Close();
  }
  stage_ = Stage::kClosing;
  front_.lost = true;
  proxy_.tap_.Serves(connection_, received_);
  front_.transport->ResumeReading();
  proxy_.gateway_.Accept(std::move(front_.transport), name_, connection_, Slice::Copy(received_));
  BuryIfLost();
}

bool ProxyConnection::AnswerConnect(int status) {
  uint32_t close = 1;
  if (!connect_->hangs_up) close = proxy_.world_.Choose(Label::kServerClose, name_, 3);
  if (close > 0) Record(ServerEvent::kClosedEarly);
  if (close == 1) return false;
  client::Headers headers;
  if (status == 407) headers.Add("Proxy-Authenticate", "Basic realm=\"proxy\"");
  if (status > 299) {
    headers.Add("Content-Length", "0");
    headers.Add("Connection", "close");
  }
  std::string answer;
  CHECK(client::AppendResponseHead(status, ReasonPhrase(status), headers, &answer).ok());
  if (close == 2) answer.resize(answer.size() / 2);
  proxy_.tap_.ConnectAnswered(connection_, absl::string_view(received_).substr(0, head_bytes_), answer);
  Record(ServerEvent::kResponseBegan, static_cast<uint32_t>(status));
  front_.transport->Write(Slice::Copy(answer));
  return close == 0;
}

void ProxyConnection::BeSilent() {
  stage_ = Stage::kSilent;
  Record(ServerEvent::kSilent);
  proxy_.observer_.Silent(connection_, Name());
  front_.transport->ResumeReading();
  if (proxy_.healed_) Close();
}

void ProxyConnection::Close() {
  stage_ = Stage::kClosing;
  pace_timer_.Cancel();
  operation_.reset();
  for (Side* side : {&front_, &back_}) {
    if (side->transport == nullptr) {
      side->lost = true;
    } else if (!side->lost) {
      side->transport->Close();
    }
  }
}

void ProxyConnection::Malformed(absl::string_view why) {
  Record(ServerEvent::kMalformed);
  proxy_.observer_.RequestBegan(connection_, 1);
  proxy_.observer_.RequestMalformed(connection_, 1, why);
  Close();
}

void ProxyConnection::BuryIfLost() {
  if (back_.transport == nullptr) back_.lost = true;
  if (front_.lost && back_.lost) proxy_.Bury(*this);
}

void ProxyConnection::Record(ServerEvent event, uint32_t b) {
  proxy_.world_.Record(TraceKind::kServer, name_, static_cast<uint64_t>(event), b);
}

}  // namespace sim
