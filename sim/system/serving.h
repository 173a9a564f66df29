// Continuous batching of a trace of requests: who decodes in each step, what memory they hold, how long it takes.
//
// Requests wait in order of arrival; one is admitted when the pages of its prompt and its first token are free. Each
// step gives every running request one token; a request leaves with its last one. Where a step needs more pages than
// are free, the request that was admitted last gives its pages up and waits at the head of the queue; its context is
// there again when it is admitted anew.
// Simplified: prompts are processed elsewhere and their keys and values are there at admission, at no cost.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "sim/system/durations.h"
#include "sim/system/kv_pages.h"
#include "workloads/requests.h"

namespace attnsim::sim::system {

// Nanoseconds of a step of these sequences; a pure function, which Serving remembers.
using StepTime = std::function<std::int64_t(const StepBatch& batch)>;

struct ServingFigures {
  std::int64_t requests = 0;  // done
  std::int64_t tokens = 0;    // generated
  std::int64_t steps = 0;
  std::int64_t nanoseconds = 0;  // from the first arrival to the last token
  std::int64_t preemptions = 0;
  std::int64_t peak_pages = 0;
  std::int64_t peak_batch = 0;
  std::int64_t sequence_steps = 0;  // sum of the batch over all steps
  std::int64_t decoding_ns = 0;     // time with a step in progress
  // While requests wait, so that memory limits the batch: what a loaded system does.
  std::int64_t loaded_tokens = 0;
  std::int64_t loaded_steps = 0;
  std::int64_t loaded_ns = 0;
  bool operator==(const ServingFigures&) const = default;
};

class Serving {
 public:
  // `saturated`: all requests are there from the start. Throws common::InputError where a request alone does not fit.
  Serving(std::vector<workloads::Request> requests, const KvPages& pages, std::int64_t largest_batch, bool saturated,
          StepTime step_time);

  bool done() const { return running_.empty() && next_ == order_.size() && returned_.empty(); }
  void step();  // or waits for the next arrival

  const ServingFigures& figures() const { return figures_; }
  std::int64_t total_requests() const { return static_cast<std::int64_t>(requests_.size()); }
  std::int64_t pages_held() const { return held_; }
  std::int64_t running() const { return static_cast<std::int64_t>(running_.size()); }
  // Steps by their duration: time between two tokens of a request, weighted by requests. In ascending order.
  std::vector<std::pair<std::int64_t, std::int64_t>> token_gaps() const;

  // All that changes, so that a run can go on from there: resume(state()) of a Serving with the same inputs.
  nlohmann::json state() const;
  void resume(const nlohmann::json& state);

 private:
  struct Running {
    std::size_t request = 0;
    std::int64_t generated = 0;
  };

  std::int64_t context(const Running& running) const { return requests_[running.request].prompt + running.generated; }
  std::int64_t pages_of(const Running& running) const { return pages_.pages(context(running) + 1); }
  bool fits(std::int64_t more) const { return held_ + more <= pages_.capacity(); }
  bool waits() const;
  void admit();
  bool admit_one(const Running& candidate);
  void make_room();
  void finish_step(std::int64_t duration);

  std::vector<workloads::Request> requests_;
  KvPages pages_;
  std::int64_t largest_batch_ = 0;
  StepTime step_time_;
  std::vector<std::size_t> order_;
  std::size_t next_ = 0;           // in order_
  std::vector<Running> returned_;  // preempted, the next one last
  std::vector<Running> running_;   // in order of admission
  std::int64_t held_ = 0;          // pages
  std::int64_t faults_ = 0;        // pages mapped since the last step
  ServingFigures figures_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> remembered_;
  std::map<std::int64_t, std::int64_t> gaps_;  // nanoseconds -> tokens
};

}  // namespace attnsim::sim::system
