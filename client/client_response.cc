#include "client/client_response.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace client {

ClientResponse::ClientResponse(std::shared_ptr<ClientRequest> request)
    : NamedObject(request->environment_.loop.named_objects), request_(std::move(request)) {
  request_->response_ = this;
  const absl::optional<ContentCoding> coding = ContentCodingOf(headers());
  if (!request_->auto_decompress_ || !coding.has_value()) return;
  decoder_ = std::make_unique<ContentDecoder>(*coding, request_->decompress_);
}

ClientResponse::~ClientResponse() {
  request_->response_ = nullptr;
  if (!request_->over_) {
    request_->environment_.observer.NotClosed(request_->name_, "response");
  } else if (request_->error_.has_value()) {
    request_->Ended(*request_->error_);
  } else {
    request_->Ended(Result<void>());
  }
}

int ClientResponse::status() const { return request_->head_.status; }
absl::string_view ClientResponse::reason() const { return request_->head_.reason; }
const Headers& ClientResponse::headers() const { return request_->head_.headers; }
const Headers& ClientResponse::trailers() const { return request_->trailers_; }
StreamReader& ClientResponse::body() { return *request_->body_; }
absl::string_view ClientResponse::url() const { return request_->url_; }
uint32_t ClientResponse::redirects() const { return request_->redirects_; }
Name ClientResponse::name() const { return request_->name_; }
Name ClientResponse::connection() const { return request_->connection_name(); }

Task<Result<std::string>> ClientResponse::Read(size_t bytes_max) {
  std::string text;
  for (;;) {
    const Result<Slice> chunk = co_await ReadChunk();
    if (!chunk.ok()) co_return chunk.error();
    if (chunk->empty()) co_return std::move(text);
    if (chunk->size() > bytes_max - text.size()) {
      const std::string more = absl::StrCat("the body has more than ", bytes_max, " bytes");
      const ClientError error = request_->Belongs(ClientError(ErrorKind::kRejected, more));
      request_->Ended(error);
      Close();
      co_return error;
    }
    text.append(chunk->data(), chunk->size());
  }
}

Task<Result<Slice>> ClientResponse::ReadDecoded(size_t bytes_max) {
  while (decoded_.empty()) {
    Result<Slice> decoded = decoder_->Next();
    if (!decoded.ok()) {
      const ClientError error = request_->Belongs(decoded.error());
      request_->Ended(error);
      request_->Abort(error);
      co_return error;
    }
    decoded_ = *std::move(decoded);
    if (!decoded_.empty()) break;
    Result<Slice> raw = co_await body().ReadAny();
    if (!raw.ok()) {
      request_->Ended(raw.error());
      co_return raw;
    }
    if (!raw->empty()) {
      decoder_->Feed(*std::move(raw));
      continue;
    }
    decoder_->FeedEof();
    decoded = decoder_->Next();
    if (!decoded.ok()) decoded = request_->Belongs(decoded.error());
    if (!decoded.ok() || decoded->empty()) {
      NoteRead(decoded);
      co_return decoded;
    }
    decoded_ = *std::move(decoded);
  }
  Slice part = decoded_.Sub(0, std::min(bytes_max, decoded_.size()));
  decoded_.RemovePrefix(part.size());
  co_return part;
}

void ClientResponse::Release() {
  request_->GiveUp("the response was released");
  request_->Ended(Result<void>());
}

void ClientResponse::Close() {
  if (!request_->over_) request_->Abort(ClientError(ErrorKind::kUsage, "the response was closed"));
  request_->Ended(Result<void>());
}

void ClientResponse::NoteRead(const Result<Slice>& bytes) {
  if (!bytes.ok()) {
    request_->Ended(bytes.error());
  } else if (body().AtEof()) {
    request_->Ended(Result<void>());
  }
}

std::string ClientResponse::DebugString() const {
  return absl::StrCat("response ", status(), ", body: ", request_->body_->DebugString());
}

}  // namespace client
