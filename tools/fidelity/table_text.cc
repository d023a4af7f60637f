#include "tools/fidelity/table_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/fidelity/simulated_transfer.h"

namespace tools {
namespace {

std::string Milliseconds(int64_t ns) { return absl::StrFormat("%.1f", static_cast<double>(ns) * 1e-6); }

std::string Error(int64_t simulated_ns, int64_t kernel_ns) {
  if (kernel_ns <= 0) return "";
  const double error = static_cast<double>(simulated_ns - kernel_ns) / static_cast<double>(kernel_ns);
  const std::string text = absl::StrFormat("%+.0f %%", error * 100);
  return text == "-0 %" || text == "+0 %" ? "0 %" : text;
}

}  // namespace

std::string TableHead() {
  return "| delay | rate | bytes | SO_RCVBUF: window | SO_SNDBUF: buffer | kernel | tcp | error | default | error |\n"
         "|---|---|---|---|---|---|---|---|---|---|\n";
}

std::string TableRow(const Conditions& row, int64_t kernel_ns) {
  const int64_t tcp_ns = SimulatedTransferNs(row, Model::kAcknowledged);
  const int64_t plain_ns = SimulatedTransferNs(row, Model::kPlain);
  return absl::StrCat("| ", row.delay_ms, " ms | ", row.mbits_per_second, " Mbit/s | ", row.bytes / 1000, " kB | ",
                      row.so_rcvbuf_kib, ": ", row.window_kib, " KiB | ", row.so_sndbuf_kib, ": ", row.send_buffer_kib,
                      " KiB | ", kernel_ns < 0 ? "" : Milliseconds(kernel_ns), " | ", Milliseconds(tcp_ns), " | ",
                      Error(tcp_ns, kernel_ns), " | ", Milliseconds(plain_ns), " | ", Error(plain_ns, kernel_ns),
                      " |\n");
}

}  // namespace tools
