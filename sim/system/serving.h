// Continuous batching of a trace of requests: who decodes in each step, what memory they hold, how long it takes.
//
// Requests wait in order of arrival; one is admitted when the pages of its prompt and its first token are free. Each
// step gives every running request one token; a request leaves with its last one. Where a step needs more pages than
// are free, the request that was admitted last gives its pages up and waits at the head of the queue; its context is
// there again when it is admitted anew.
// Simplified: prompts are processed elsewhere; their keys and values are there at admission, at no cost.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "sim/system/durations.h"
#include "sim/system/kv_pages.h"
#include "workloads/requests.h"

namespace attnsim::sim::system {

// Nanoseconds of a step of these sequences. It must depend on them alone: Serving remembers what it said.
using StepTime = std::function<std::int64_t(const StepBatch& batch)>;

struct ServingFigures {
  std::int64_t requests = 0;  // done
  std::int64_t tokens = 0;    // generated
  std::int64_t steps = 0;
  std::int64_t nanoseconds = 0;  // from the first arrival to the last token
  std::int64_t stepping_ns = 0;  // of it with a step in progress
  std::int64_t preemptions = 0;
  std::int64_t peak_pages = 0;
  std::int64_t peak_batch = 0;
  // While requests wait, so that memory or the largest batch limits: a loaded system.
  std::int64_t loaded_tokens = 0;
  std::int64_t loaded_steps = 0;
  std::int64_t loaded_ns = 0;
  bool operator==(const ServingFigures&) const = default;
};

class Serving {
 public:
  // `largest_batch`: 0 for none. `saturated`: all requests are there from the start. Throws common::SimulationError
  // where a request alone does not fit.
  Serving(std::vector<workloads::Request> requests, const KvPages& pages, std::int64_t largest_batch, bool saturated,
          StepTime step_time);

  bool done() const { return running_.empty() && returned_.empty() && next_ == requests_.size(); }
  void advance();  // one step, or to the next arrival where nothing runs

  const ServingFigures& figures() const { return figures_; }
  std::size_t total_requests() const { return requests_.size(); }
  std::int64_t pages_held() const { return held_; }
  std::int64_t running() const { return static_cast<std::int64_t>(running_.size()); }
  // Nanoseconds between two tokens of a request, below or at which this part of all tokens lies.
  std::int64_t token_gap(double part) const;

  // All that changes: a Serving of the same inputs that resumes it goes on as this one would have.
  nlohmann::json state() const;
  void resume(const nlohmann::json& state);

 private:
  struct Running {
    std::size_t request = 0;
    std::int64_t generated = 0;
    std::int64_t pages = 0;  // held
  };

  std::int64_t context(const Running& running) const { return requests_[running.request].prompt + running.generated; }
  bool arrived(std::size_t request) const { return requests_[request].arrival_ns <= figures_.nanoseconds; }
  bool waits() const { return !returned_.empty() || (next_ < requests_.size() && arrived(next_)); }
  bool admit_one(const Running& candidate);
  void admit();
  void make_room();

  std::vector<workloads::Request> requests_;
  KvPages pages_;
  std::int64_t largest_batch_ = 0;
  StepTime step_time_;
  std::size_t next_ = 0;           // the first that was never admitted
  std::vector<Running> returned_;  // preempted; the next one last
  std::vector<Running> running_;   // in order of admission
  std::int64_t held_ = 0;          // pages
  std::int64_t faults_ = 0;        // pages taken since the last step
  ServingFigures figures_;
  std::map<std::int64_t, std::int64_t> gaps_;  // nanoseconds of a step -> tokens
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> remembered_;
};

}  // namespace attnsim::sim::system
