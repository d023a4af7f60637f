#include <memory>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/client_request.h"
#include "client/client_response.h"
#include "tools/fetch/fetch.h"
#include "tools/fetch/input.h"
#include "tools/fetch/output.h"
#include "tools/fetch/progress.h"

namespace wavetank {
namespace {

using client::ClientResponse;
using client::MakeName;
using client::Result;
using client::Slice;
using client::Task;

// Gives the request the body that the options name, if any.
Result<void> AddBody(const Fetch& fetch, Progress& progress, client::RequestOptions* request) {
  const FetchOptions& options = fetch.options;
  const bool put = options.command == FetchOptions::Command::kPut;
  if (!put && !options.data.has_value()) return {};
  if (!put && (options.data->empty() || options.data->front() != '@')) {
    request->body = std::make_unique<client::BytesPayload>(Slice::Copy(*options.data));
    return {};
  }
  const std::string path = put ? options.file : options.data->substr(1);
  Result<std::unique_ptr<FileSource>> source =
      FileSource::Open(fetch.loop, MakeName(fetch.loop, fetch.name, "input"), path,
                       [&progress](size_t bytes) { progress.Add(bytes); });
  if (!source.ok()) return source.error();
  const absl::optional<uint64_t> length = (*source)->length();
  progress.Begin(length);
  request->body = std::make_unique<client::StreamPayload>(*std::move(source), length);
  return {};
}

std::string StatusLine(const ClientResponse& response) {
  return absl::StrCat("HTTP/1.1 ", response.status(), " ", response.reason());
}

std::string Head(const ClientResponse& response) {
  std::string head = absl::StrCat(StatusLine(response), "\r\n");
  for (const client::Headers::Field& field : response.headers()) {
    absl::StrAppend(&head, field.name, ": ", field.value, "\r\n");
  }
  return absl::StrCat(head, "\r\n");
}

// None where the bytes that will be read are not those that are announced.
absl::optional<uint64_t> BodyLength(const ClientResponse& response) {
  uint64_t length = 0;
  const absl::optional<absl::string_view> field = response.headers().Get("Content-Length");
  if (response.decoding() || !field.has_value() || !absl::SimpleAtoi(*field, &length)) return absl::nullopt;
  return length;
}

Task<Result<void>> WriteResponse(const FetchOptions& options, ClientResponse& response, Output& output,
                                 Progress& progress) {
  if (options.include) {
    Result<void> written = co_await output.Write(Slice::Copy(Head(response)));
    if (!written.ok()) co_return written;
  }
  progress.Begin(BodyLength(response));
  for (;;) {
    Result<Slice> chunk = co_await response.ReadChunk();
    if (!chunk.ok()) co_return chunk.error();
    if (chunk->empty()) co_return output.Commit();
    progress.Add(chunk->size());
    Result<void> written = co_await output.Write(std::move(*chunk));
    if (!written.ok()) co_return written;
  }
}

}  // namespace

Task<Outcome> Transfer(Fetch fetch) {
  const FetchOptions& options = fetch.options;
  // Before anything is sent: what cannot be kept need not be asked for.
  Result<std::unique_ptr<Output>> output =
      Output::Open(fetch.loop, MakeName(fetch.loop, fetch.name, "output"), options.output);
  if (!output.ok()) co_return OutcomeOf(output.error());
  Progress progress(fetch.loop, MakeName(fetch.loop, fetch.name, "progress"),
                    !options.quiet && !(*output)->is_terminal());
  client::RequestOptions request;
  request.name = MakeName(fetch.loop, fetch.name, "request");
  request.url = options.url;
  request.headers = options.headers;
  const Result<void> added = AddBody(fetch, progress, &request);
  if (!added.ok()) co_return OutcomeOf(added.error());
  request.method = options.command == FetchOptions::Command::kPut ? "PUT" : request.body != nullptr ? "POST" : "GET";
  if (!options.method.empty()) request.method = options.method;

  Result<std::unique_ptr<ClientResponse>> response = co_await fetch.session.Request(std::move(request));
  if (!response.ok()) co_return OutcomeOf(response.error());
  if (options.fail && (*response)->status() >= 400) {
    co_return Outcome{kFetchHttpStatus, absl::StrCat("the server answered ", StatusLine(**response).substr(9))};
  }
  Result<void> written = co_await WriteResponse(options, **response, **output, progress);
  if (!written.ok()) co_return OutcomeOf(written.error());
  co_return Outcome();
}

}  // namespace wavetank
