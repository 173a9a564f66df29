// How many keys and values of requests fit into the memory of a system, page by page (arch/system.h, KvCache).
#pragma once

#include <cstdint>

#include "arch/system.h"
#include "sim/system/durations.h"
#include "workloads/workload.h"

namespace attnsim::sim::system {

class KvPages {
 public:
  // `longest`: tokens of the longest context that a request may reach; what a contiguous layout reserves.
  KvPages(const arch::System& system, const workloads::Workload& workload, const Durations& durations,
          std::int64_t longest);

  std::int64_t capacity() const { return capacity_; }        // pages
  std::int64_t page_tokens() const { return page_tokens_; }  // of a page of one request
  std::int64_t pages(std::int64_t tokens) const;             // that a context of so many tokens holds
  // Seconds of mapping `pages` more pages: demand paging only. The devices do so side by side.
  double fault_seconds(std::int64_t pages) const { return static_cast<double>(pages) * page_fault_seconds_; }

 private:
  std::int64_t page_tokens_ = 1;
  std::int64_t capacity_ = 0;
  double page_fault_seconds_ = 0;
};

}  // namespace attnsim::sim::system
