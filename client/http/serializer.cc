#include "client/http/serializer.h"

#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "client/base/check.h"

namespace client {
namespace {

constexpr absl::string_view kVersion = "HTTP/1.1";
constexpr absl::string_view kContentLength = "Content-Length: ";
constexpr absl::string_view kChunkedField = "Transfer-Encoding: chunked\r\n";

bool IsFramingField(absl::string_view name) {
  return absl::EqualsIgnoreCase(name, "content-length") || absl::EqualsIgnoreCase(name, "transfer-encoding");
}

ClientError Unsendable(absl::string_view what, absl::string_view text) {
  return ClientError(ErrorKind::kUsage, absl::StrCat("cannot send ", what, " \"", absl::CEscape(text), "\""));
}

bool IsTarget(absl::string_view target) {
  if (target.empty()) return false;
  for (char c : target) {
    if (c <= ' ' || c == 0x7f) return false;  // bytes from 0x80 on are negative
  }
  return true;
}

absl::optional<ClientError> CheckField(const Headers::Field& field) {
  if (!IsToken(field.name)) return Unsendable("the field name", field.name);
  if (!IsFieldValue(field.value)) return Unsendable(absl::StrCat("as value of ", field.name), field.value);
  return absl::nullopt;
}

// Writes into memory that was measured before.
class Cursor {
 public:
  explicit Cursor(char* position) : position_(position) {}
  Cursor& operator<<(absl::string_view text) {
    std::memcpy(position_, text.data(), text.size());
    position_ += text.size();
    return *this;
  }
  const char* position() const { return position_; }

 private:
  char* position_;
};

size_t FieldsSize(const Headers& headers) {
  size_t size = 0;
  for (const Headers::Field& field : headers) size += field.name.size() + field.value.size() + 4;
  return size;
}

void WriteFields(const Headers& headers, Cursor& out) {
  for (const Headers::Field& field : headers) out << field.name << ": " << field.value << "\r\n";
}

void AppendFields(const Headers& headers, std::string* out) {
  const size_t before = out->size();
  out->resize(before + FieldsSize(headers));
  Cursor cursor(&(*out)[0] + before);
  WriteFields(headers, cursor);
}

}  // namespace

Result<Slice> SerializeRequestHead(absl::string_view method, absl::string_view target, absl::string_view host,
                                   const Headers& headers, const BodyFraming& framing) {
  CHECK(framing.kind != BodyFraming::Kind::kUntilClose);
  if (!IsToken(method)) return Unsendable("the method", method);
  if (!IsTarget(target)) return Unsendable("the target", target);
  bool has_host = false;
  for (const Headers::Field& field : headers) {
    if (absl::optional<ClientError> error = CheckField(field)) return *error;
    if (IsFramingField(field.name)) return Unsendable("a framing field of the user's,", field.name);
    if (absl::EqualsIgnoreCase(field.name, "host")) {
      if (has_host) return Unsendable("a second Host field,", field.value);
      has_host = true;
    }
  }
  if (!has_host && !IsFieldValue(host)) return Unsendable("the host", host);

  std::string length;
  size_t size = method.size() + 1 + target.size() + 1 + kVersion.size() + 2 + FieldsSize(headers) + 2;
  if (!has_host) size += 6 + host.size() + 2;
  if (framing.kind == BodyFraming::Kind::kLength) {
    length = absl::StrCat(framing.length);
    size += kContentLength.size() + length.size() + 2;
  } else if (framing.kind == BodyFraming::Kind::kChunked) {
    size += kChunkedField.size();
  }

  Buffer* buffer = Buffer::New(size);
  Cursor out(buffer->data());
  out << method << " " << target << " " << kVersion << "\r\n";
  if (!has_host) out << "Host: " << host << "\r\n";
  WriteFields(headers, out);
  if (framing.kind == BodyFraming::Kind::kLength) out << kContentLength << length << "\r\n";
  if (framing.kind == BodyFraming::Kind::kChunked) out << kChunkedField;
  out << "\r\n";
  CHECK(out.position() == buffer->data() + size);
  return Slice::Adopt(buffer, 0, size);
}

Result<void> AppendResponseHead(int status, absl::string_view reason, const Headers& headers, std::string* out) {
  if (status < 100 || status > 999) return Unsendable("the status", absl::StrCat(status));
  if (!IsFieldValue(reason)) return Unsendable("the reason", reason);
  for (const Headers::Field& field : headers) {
    if (absl::optional<ClientError> error = CheckField(field)) return *error;
  }
  absl::StrAppend(out, kVersion, " ", status, " ", reason, "\r\n");
  AppendFields(headers, out);
  out->append("\r\n");
  return Result<void>();
}

size_t FormatChunkHeader(uint64_t bytes, char* out) {
  CHECK(bytes > 0);
  size_t digits = 0;
  for (uint64_t rest = bytes; rest != 0; rest >>= 4) ++digits;
  for (size_t i = digits; i-- > 0; bytes >>= 4) out[i] = "0123456789abcdef"[bytes & 15];
  out[digits] = '\r';
  out[digits + 1] = '\n';
  return digits + 2;
}

Result<void> AppendTrailers(const Headers& trailers, std::string* out) {
  for (const Headers::Field& field : trailers) {
    if (absl::optional<ClientError> error = CheckField(field)) return *error;
    if (IsFramingField(field.name) || absl::EqualsIgnoreCase(field.name, "host")) {
      return Unsendable("as a trailer", field.name);
    }
  }
  out->append("0\r\n");
  AppendFields(trailers, out);
  out->append("\r\n");
  return Result<void>();
}

}  // namespace client
