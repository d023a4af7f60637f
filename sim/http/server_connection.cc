#include "sim/http/server_connection.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "client/http/serializer.h"
#include "client/websocket/websocket.h"
#include "sim/http/content_encoder.h"
#include "sim/http/head_digest.h"
#include "sim/http/request_id.h"
#include "sim/world/pattern.h"

namespace sim {
namespace {

using client::Slice;

// RFC 9110 section 15.5.9.
constexpr char kRequestTimeout[] = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

absl::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 404: return "Not Found";
    case 500: return "Internal Server Error";
    default: return "";
  }
}

}  // namespace

ServerConnection::ServerConnection(HttpServer& server, std::unique_ptr<client::Transport> transport, Name name,
                                   Name connection)
    : server_(server),
      connection_(connection),
      name_(name),
      parser_(client::HttpParser::Mode::kRequest, client::HttpLimits(), *this),
      pace_timer_(server.world_.loop(), client::MakeName(server.world_.loop(), name_, "pace"), TimerKind::kSleep,
                  [](void* self) { static_cast<ServerConnection*>(self)->Advance(); }, this),
      read_timer_(server.world_.loop(), client::MakeName(server.world_.loop(), name_, "read"), TimerKind::kSleep,
                  [](void* self) { static_cast<ServerConnection*>(self)->transport_->ResumeReading(); }, this),
      idle_timer_(server.world_.loop(), client::MakeName(server.world_.loop(), name_, "idle"), TimerKind::kIdle,
                  [](void* self) { static_cast<ServerConnection*>(self)->CloseIdle(); }, this),
      transport_(std::move(transport)) {
  transport_->SetProtocol(this);
}

void ServerConnection::DataReceived(Slice bytes) {
  absl::string_view rest = bytes.view();
  while (!rest.empty() && stage_ != Stage::kClosing) {
    if (parser_.complete()) return Malformed("bytes behind a request that was not answered yet");
    if (!begun_) {
      begun_ = true;
      idle_timer_.Cancel();
      server_.observer_.RequestBegan(connection_, ++ordinal_);
      if (stage_ == Stage::kFarewell) return Malformed("a request behind a last response");
    }
    const client::Result<size_t> used = parser_.Feed(rest);
    if (!used.ok()) return Malformed(used.error().message());
    if (!problem_.empty()) return Malformed(problem_);
    rest.remove_prefix(*used);
    Advance();
  }
  if (server_.plan_.read_delay_ns > 0 && !request_complete_ && stage_ != Stage::kIdle && stage_ != Stage::kClosing) {
    transport_->PauseReading();
    read_timer_.PostAt(server_.world_.loop().Now() + absl::Nanoseconds(server_.plan_.read_delay_ns));
  }
}

void ServerConnection::EofReceived() {
  if (stage_ == Stage::kClosing) return;
  stage_ = Stage::kClosing;
  pace_timer_.Cancel();
  idle_timer_.Cancel();
  transport_->Close();
}

void ServerConnection::ConnectionLost(client::Result<void> error) {
  stage_ = Stage::kClosing;
  pace_timer_.Cancel();
  read_timer_.Cancel();
  idle_timer_.Cancel();
  server_.Bury(*this);
}

void ServerConnection::OnHead(client::MessageHead& head) {
  const absl::optional<absl::string_view> id = head.headers.Get(kRequestHeader);
  if (!id.has_value() || !ParseRequestId(*id, &request_)) {
    problem_ = absl::StrCat("a request without ", kRequestHeader);
    return;
  }
  const absl::string_view host = head.headers.Get("host").value_or("");
  if (!server_.plan_.host.empty() && host != server_.authority_) {
    problem_ = absl::StrCat("a request for ", host, " at ", server_.authority_);
    return;
  }
  const absl::optional<absl::string_view> trusted = head.headers.Get("authorization");
  if (trusted.has_value() && *trusted != server_.authority_) {
    problem_ = absl::StrCat("credentials for ", *trusted, " at ", server_.authority_);
    return;
  }
  const absl::string_view path = PathOf(head.target);
  if (!problem_.empty()) return;
  response_ = server_.NextResponse(path);
  if (response_ == nullptr) {
    problem_ = absl::StrCat("a request for ", head.target, ", which has no response");
    return;
  }
  if (response_->is_websocket && !IsHandshake(head)) response_ = &server_.upgrade_required_;
  server_.observer_.RequestHead(connection_, ordinal_, request_);
  Record(ServerEvent::kRequestHead);
  request_complete_ = false;
  request_bytes_ = 0;
  bodiless_ = head.method == "HEAD" || response_->status == 204 || response_->status == 304;
  may_encode_ = response_->encoding != ResponsePlan::Encoding::kIdentity &&
                head.headers.HasToken("accept-encoding", EncodingToken(response_->encoding));
  close_after_ = response_->connection_close || IsUntilClose() || !head.keep_alive;
  stage_ = Stage::kRequest;
  // Nor before an early answer, which takes its place (RFC 9110 section 10.1.1).
  const bool silent = response_->no_continue || response_->early;
  if (silent || !head.headers.HasToken("expect", "100-continue")) return;
  server_.observer_.Continued(connection_, request_);
  Write("HTTP/1.1 100 Continue\r\n\r\n");
}

// RFC 9112 section 3.2.
absl::string_view ServerConnection::PathOf(absl::string_view target) {
  absl::string_view path = target;
  const bool absolute_form = absl::ConsumePrefix(&path, "http://");
  if (ordinal_ == 1) absolute_form_ = absolute_form;
  if (absolute_form != absolute_form_) problem_ = absl::StrCat("a request for ", target, ", in another form");
  if (!absolute_form || server_.plan_.host.empty()) return path;
  if (!absl::ConsumePrefix(&path, server_.authority_) || !absl::StartsWith(path, "/")) {
    problem_ = absl::StrCat("a request for ", target, " at ", server_.authority_);
  }
  return path;
}

// RFC 6455 section 4.2.1.
bool ServerConnection::IsHandshake(const client::MessageHead& head) {
  constexpr size_t kKeySize = 24;  // of 16 bytes in Base64
  const absl::string_view key = head.headers.Get("sec-websocket-key").value_or("");
  const absl::string_view version = head.headers.Get("sec-websocket-version").value_or("");
  const bool asks = head.headers.HasToken("upgrade", "websocket") && head.headers.HasToken("connection", "upgrade");
  if (head.method != "GET" || !asks || key.size() != kKeySize || version != "13") return false;
  const WebSocketPlan& plan = response_->websocket;
  accept_ = client::WebSocketAccept(plan.wrong_accept ? "another key" : key);
  if (plan.compress.has_value()) deflate_ = client::AcceptDeflate(head.headers, *plan.compress);
  return true;
}

void ServerConnection::OnBody(absl::string_view part) {
  server_.observer_.RequestBody(connection_, request_, request_bytes_, part);
  request_bytes_ += part.size();
}

void ServerConnection::OnMessageComplete() {
  if (!problem_.empty()) return;
  request_complete_ = true;
  Record(ServerEvent::kRequestComplete);
  server_.observer_.RequestComplete(connection_, request_, request_bytes_);
}

void ServerConnection::Advance() {
  for (;;) {
    switch (stage_) {
      case Stage::kRequest:
        if (!request_complete_ && !response_->early) return;
        BeginResponse();
        break;
      case Stage::kHead:
        if (!MayGoOn(response_->before_head_ns)) return;
        WriteHead();
        break;
      case Stage::kBody:
        if (!MayGoOn(sent_ > 0 ? response_->piece_delay_ns : 0)) return;
        WritePiece();
        break;
      case Stage::kAnswered:
        if (!request_complete_) return;
        NextRequest();
        return;
      case Stage::kIdle:
      case Stage::kFarewell:
      case Stage::kSilent:
      case Stage::kUpgraded:
      case Stage::kClosing:
        return;
    }
  }
}

bool ServerConnection::MayGoOn(int64_t scripted_ns) {
  if (pace_timer_.pending() || transport_->writing_paused()) return false;
  if (!paced_) {
    paced_ = true;
    const int64_t pause_ns = scripted_ns + server_.world_.ChooseFromMenu(Label::kServerPace, name_);
    if (pause_ns > 0) {
      pace_timer_.PostAt(server_.world_.loop().Now() + absl::Nanoseconds(pause_ns));
      return false;
    }
  }
  paced_ = false;
  return true;
}

void ServerConnection::BeginResponse() {
  if (response_->hangs_up) return Close(ServerEvent::kClosedEarly);
  if (response_->silent == ResponsePlan::Silent::kBeforeHead) return BeSilent();
  stage_ = Stage::kHead;
  sent_ = 0;
  close_after_head_ = false;
  body_bytes_ = response_->body.Draw(server_.world_, request_);
  plain_bytes_ = body_bytes_;
  encoded_.clear();
  if (may_encode_ && body_bytes_ > 0) {
    encoded_ = EncodePattern(response_->encoding, request_, body_bytes_);
    if (response_->encoding_cut) {
      encoded_.resize(encoded_.size() - encoded_.size() / 4 - 1);
      plain_bytes_ = ServerObserver::kUndecodable;
    }
    body_bytes_ = encoded_.size();
  }
  piece_ = response_->chunk.Draw(server_.world_, request_);
  if (response_->pieces > 0) piece_ = std::max<uint64_t>(1, (body_bytes_ + response_->pieces - 1) / response_->pieces);
}

void ServerConnection::WriteHead() {
  // Where only the end of the connection ends the body, closing early would be another response, not a fault.
  if (response_->is_websocket) return SwitchProtocols();
  const bool has_body = !bodiless_ && body_bytes_ > 0;
  const uint32_t close = server_.world_.Choose(Label::kServerClose, name_, has_body && !IsUntilClose() ? 3 : 2);
  if (close == 1) return Close(ServerEvent::kClosedEarly);
  close_after_head_ = close == 2;

  scratch_.clear();
  headers_.Clear();
  for (const int status : response_->informational) {
    headers_.Set("Link", "</of-an-interim-response>; rel=preload");  // which no final one has
    CHECK(client::AppendResponseHead(status, "", headers_, &scratch_).ok());
  }
  headers_.Clear();
  for (const HeaderPlan& header : response_->headers) headers_.Add(header.name, header.value);
  const bool may_have_body = response_->status != 204 && response_->status != 304;
  if (IsChunked() && may_have_body) headers_.Add("Transfer-Encoding", "chunked");
  if (!IsChunked() && !IsUntilClose() && may_have_body) headers_.Add("Content-Length", absl::StrCat(body_bytes_));
  if (!encoded_.empty()) headers_.Add("Content-Encoding", EncodingToken(response_->encoding));
  if (close_after_) headers_.Add("Connection", "close");
  CHECK(client::AppendResponseHead(response_->status, ReasonPhrase(response_->status), headers_, &scratch_).ok());

  if (bodiless_) body_bytes_ = 0;
  if (!encoded_.empty() && !bodiless_) server_.observer_.ResponseEncoded(connection_, request_, plain_bytes_);
  Record(ServerEvent::kResponseBegan, static_cast<uint32_t>(response_->status));
  server_.observer_.ResponseBegan(connection_, request_, response_->status, body_bytes_, IsUntilClose() && !bodiless_);
  server_.observer_.HeadSent(connection_, request_, headers_.size(), HeadDigest(response_->status, headers_));
  Write(scratch_);
  if (close_after_head_) return Close(ServerEvent::kClosedEarly);
  if (response_->silent == ResponsePlan::Silent::kAfterHead) return BeSilent();
  if (body_bytes_ > 0) {
    stage_ = Stage::kBody;
    return;
  }
  WriteEndOfBody();
  FinishResponse();
}

void ServerConnection::SwitchProtocols() {
  if (server_.world_.Choose(Label::kServerClose, name_, 2) == 1) return Close(ServerEvent::kClosedEarly);
  const WebSocketPlan& plan = response_->websocket;
  scratch_.clear();
  headers_.Clear();
  for (const HeaderPlan& header : response_->headers) headers_.Add(header.name, header.value);
  headers_.Add("Upgrade", "websocket");
  headers_.Add("Connection", "Upgrade");
  headers_.Add("Sec-WebSocket-Accept", accept_);
  if (deflate_.has_value()) headers_.Add(client::kWebSocketExtensions, deflate_->answer);
  CHECK(client::AppendResponseHead(101, "Switching Protocols", headers_, &scratch_).ok());
  stage_ = Stage::kUpgraded;
  Record(ServerEvent::kUpgraded);
  if (!plan.wrong_accept) server_.observer_.WebSocketAccepted(connection_, request_);
  server_.observer_.ResponseComplete(connection_, request_);
  Write(scratch_);
  if (plan.wrong_accept) return BeSilent();
  const WebSocketServerConnection::Names names = {name_, connection_, request_};
  socket_ = std::make_unique<WebSocketServerConnection>(server_.world_, server_.observer_, plan, *transport_, *this,
                                                        names);
  if (deflate_.has_value()) socket_->Compress(deflate_->agreed);
  transport_->SetProtocol(socket_.get());
  socket_->Start(server_.healed_);
}

void ServerConnection::WritePiece() {
  if (!IsUntilClose() && server_.world_.Choose(Label::kServerClose, name_, 2) == 1) {
    return Close(ServerEvent::kClosedEarly);
  }
  const bool falls_silent = response_->silent == ResponsePlan::Silent::kAfterBytes;
  const uint64_t end = falls_silent ? response_->silent_after_bytes : body_bytes_;
  const size_t size = static_cast<size_t>(std::min(piece_, end - sent_));
  const size_t framing = IsChunked() ? client::kChunkHeaderMax + 2 : 0;
  client::Buffer* buffer = server_.TakeBuffer(size + framing);
  size_t used = IsChunked() ? client::FormatChunkHeader(size, buffer->data()) : 0;
  if (encoded_.empty()) {
    FillPattern(request_, sent_, buffer->data() + used, size);
  } else {
    std::memcpy(buffer->data() + used, encoded_.data() + sent_, size);
  }
  used += size;
  if (IsChunked()) {
    buffer->data()[used++] = '\r';
    buffer->data()[used++] = '\n';
  }
  sent_ += size;
  transport_->Write(Slice::Adopt(buffer, 0, used));
  if (sent_ < end) return;
  if (falls_silent) return BeSilent();
  WriteEndOfBody();
  FinishResponse();
}

void ServerConnection::WriteEndOfBody() {
  if (!IsChunked() || bodiless_) return;
  if (response_->trailers.empty()) return transport_->Write(Slice::Static(client::kLastChunk));
  headers_.Clear();
  for (const HeaderPlan& trailer : response_->trailers) headers_.Add(trailer.name, trailer.value);
  scratch_.clear();
  CHECK(client::AppendTrailers(headers_, &scratch_).ok());
  Write(scratch_);
}

void ServerConnection::FinishResponse() {
  Record(ServerEvent::kResponseComplete);
  server_.observer_.ResponseComplete(connection_, request_);
  if (close_after_) {
    stage_ = Stage::kFarewell;
    if (request_complete_) {
      begun_ = false;
      parser_.StartMessage(/*head_request=*/false);
    }
    transport_->WriteEof();
    return;
  }
  stage_ = Stage::kAnswered;
}

void ServerConnection::NextRequest() {
  if (response_->stray) {
    Write(kRequestTimeout);
    return Close(ServerEvent::kClosedEarly);
  }
  stage_ = Stage::kIdle;
  begun_ = false;
  parser_.StartMessage(/*head_request=*/false);
  if (server_.plan_.idle_timeout_ns > 0) {
    idle_timer_.PostAt(server_.world_.loop().Now() + absl::Nanoseconds(server_.plan_.idle_timeout_ns));
  }
}

void ServerConnection::BeSilent() {
  stage_ = Stage::kSilent;
  Record(ServerEvent::kSilent);
  server_.observer_.Silent(connection_, request_);
  if (server_.healed_) Heal();
}

void ServerConnection::Heal() {
  if (stage_ == Stage::kSilent) Close(ServerEvent::kClosedEarly);
  if (socket_ != nullptr) socket_->Heal();
}

void ServerConnection::Close(ServerEvent why) {
  stage_ = Stage::kClosing;
  Record(why);
  idle_timer_.Cancel();
  transport_->Close();
}

void ServerConnection::CloseIdle() {
  if (server_.plan_.says_timeout) Write(kRequestTimeout);
  Close(ServerEvent::kClosedIdle);
}

void ServerConnection::Malformed(absl::string_view why) {
  Record(ServerEvent::kMalformed);
  server_.observer_.RequestMalformed(connection_, ordinal_, why);
  stage_ = Stage::kClosing;
  pace_timer_.Cancel();
  transport_->Close();
}

void ServerConnection::Write(absl::string_view bytes) { transport_->Write(Slice::Copy(bytes)); }

}  // namespace sim
