// libcurl as a peer on real sockets: its multi interface, many transfers in one thread, with curl_multi_poll.
#include <curl/curl.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tools/real/job.h"

namespace tools {
namespace {

class CurlClient {
 public:
  explicit CurlClient(const Job& job)
      : job_(job),
        meter_(job),
        url_(absl::StrCat("http://127.0.0.1:", job.port, job.path)),
        piece_(job.write, 'x'),
        multi_(curl_multi_init()) {
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(job.concurrency));
    no_expect_ = curl_slist_append(nullptr, "Expect:");
  }
  ~CurlClient() {
    for (const auto& transfer : transfers_) Remove(*transfer);
    curl_multi_cleanup(multi_);
    curl_slist_free_all(no_expect_);
  }

  void Run() {
    AllowDescriptors(job_.concurrency + 16);
    for (uint32_t i = 0; i < job_.concurrency && meter_.Another(); ++i) {
      transfers_.push_back(std::make_unique<Transfer>());
      Prepare(*transfers_.back());
      curl_multi_add_handle(multi_, transfers_.back()->easy);
    }
    int running = 1;
    while (!meter_.finished()) {
      Check(curl_multi_perform(multi_, &running));
      Collect();
      if (!meter_.finished()) Check(curl_multi_poll(multi_, nullptr, 0, 1000, nullptr));
    }
    if (job_.kind == Job::Kind::kHold) {
      for (const auto& transfer : transfers_) Remove(*transfer);  // the connections stay with the multi handle
    }
    meter_.Print();
  }

 private:
  struct Transfer {
    CURL* easy = nullptr;
    absl::string_view piece;  // of a request's body
    uint64_t received = 0;
    uint64_t unsent = 0;
  };

  static size_t OnData(char*, size_t, size_t size, void* self) {
    static_cast<Transfer*>(self)->received += size;
    return size;
  }
  // libcurl wants its bytes in a buffer of its own: a copy that its users have to make.
  static size_t OnRead(char* to, size_t, size_t size, void* self) {
    Transfer& transfer = *static_cast<Transfer*>(self);
    const size_t here = std::min<uint64_t>({size, transfer.piece.size(), transfer.unsent});
    memcpy(to, transfer.piece.data(), here);
    transfer.unsent -= here;
    return here;
  }
  static void Check(CURLMcode code) {
    if (code == CURLM_OK) return;
    fprintf(stderr, "libcurl: %s\n", curl_multi_strerror(code));
    exit(1);
  }

  void Prepare(Transfer& transfer) {
    CURL* const easy = transfer.easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &OnData);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, static_cast<long>(std::min<uint32_t>(job_.read, CURL_MAX_READ_SIZE)));
    if (job_.kind != Job::Kind::kPut) return;
    transfer.piece = piece_;
    transfer.unsent = job_.bytes;
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, no_expect_);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, &OnRead);
    curl_easy_setopt(easy, CURLOPT_READDATA, &transfer);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(job_.bytes));
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, static_cast<long>(std::min<uint32_t>(job_.write, 2 << 20)));
  }

  // Takes what has ended, and starts the next in its place.
  void Collect() {
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      if (message->data.result != CURLE_OK) {
        fprintf(stderr, "libcurl: %s\n", curl_easy_strerror(message->data.result));
        exit(1);
      }
      Transfer* transfer = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      meter_.Completed(job_.kind == Job::Kind::kPut ? job_.bytes - transfer->unsent : transfer->received);
      transfer->received = 0;
      transfer->unsent = job_.bytes;
      curl_multi_remove_handle(multi_, transfer->easy);
      if (meter_.Another()) curl_multi_add_handle(multi_, transfer->easy);
    }
  }
  void Remove(Transfer& transfer) {
    if (transfer.easy == nullptr) return;
    curl_multi_remove_handle(multi_, transfer.easy);
    curl_easy_cleanup(transfer.easy);
    transfer.easy = nullptr;
  }

  const Job& job_;
  Meter meter_;
  const std::string url_;
  const std::string piece_;
  CURLM* const multi_;
  curl_slist* no_expect_ = nullptr;
  std::vector<std::unique_ptr<Transfer>> transfers_;
};

}  // namespace
}  // namespace tools

int main(int argc, char** argv) {
  const tools::Job job = tools::ParseJob(argc, argv);
  curl_global_init(CURL_GLOBAL_ALL);
  tools::CurlClient(job).Run();
  curl_global_cleanup();
  return 0;
}
