// Page sizes of the three layouts, in tokens.
#include "sim/system/kv_pages.h"

#include <algorithm>

namespace attnsim::sim::system {

KvPages::KvPages(const arch::System& system, const workloads::Workload& workload, const Durations& durations,
                 std::int64_t longest) {
  using Layout = arch::KvCache::Layout;
  switch (system.kv_cache.layout) {
    case Layout::kContiguous:
      page_tokens_ = longest;
      break;
    case Layout::kPaged:
      page_tokens_ = system.kv_cache.page_tokens;
      break;
    case Layout::kDemand: {
      // A page of memory holds keys, or values, of one layer and of the heads of one device.
      const auto heads = static_cast<double>(workload.kv_heads) / static_cast<double>(system.attending().count);
      const double token_bytes =
          Durations::kBytes * heads * static_cast<double>(std::max(workload.head_dim, workload.value_dim));
      page_tokens_ = std::max<std::int64_t>(
          1, static_cast<std::int64_t>(static_cast<double>(system.kv_cache.page_bytes) / token_bytes));
      page_fault_seconds_ = 2.0 * static_cast<double>(workload.layers) * system.kv_cache.fault_seconds;
      break;
    }
  }
  capacity_ = durations.kv_capacity_tokens() / page_tokens_;
}

std::int64_t KvPages::pages(std::int64_t tokens) const { return (tokens + page_tokens_ - 1) / page_tokens_; }

}  // namespace attnsim::sim::system
