// Steps through a trace.
#include "sim/system/serving.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/error.h"

namespace attnsim::sim::system {

namespace {

// One list for writing and reading: the figures' names in a saved state.
template <typename Figures, typename Visit>
void each_figure(Figures& figures, Visit visit) {
  visit("requests", figures.requests);
  visit("tokens", figures.tokens);
  visit("steps", figures.steps);
  visit("nanoseconds", figures.nanoseconds);
  visit("stepping_ns", figures.stepping_ns);
  visit("preemptions", figures.preemptions);
  visit("peak_pages", figures.peak_pages);
  visit("peak_batch", figures.peak_batch);
  visit("loaded_tokens", figures.loaded_tokens);
  visit("loaded_steps", figures.loaded_steps);
  visit("loaded_ns", figures.loaded_ns);
}

}  // namespace

Serving::Serving(std::vector<workloads::Request> requests, const KvPages& pages, std::int64_t largest_batch,
                 bool saturated, StepTime step_time)
    : requests_(std::move(requests)), pages_(pages), largest_batch_(largest_batch), step_time_(std::move(step_time)) {
  for (auto& request : requests_) {
    const std::int64_t most = request.prompt + request.output;
    if (pages_.pages(most) > pages_.capacity()) {
      throw common::SimulationError(fmt::format(
          "a request of {} prompt and {} generated tokens needs {} pages of the KV cache, which has {} of {} "
          "tokens; take more memory",
          request.prompt, request.output, pages_.pages(most), pages_.capacity(), pages_.page_tokens()));
    }
    if (saturated) request.arrival_ns = 0;
  }
}

bool Serving::admit_one(const Running& candidate) {
  const std::int64_t needs = pages_.pages(context(candidate) + 1);
  if (held_ + needs > pages_.capacity()) return false;
  running_.push_back(candidate);
  running_.back().pages = needs;
  held_ += needs;
  faults_ += needs;
  return true;
}

void Serving::admit() {
  while (waits() && (largest_batch_ == 0 || running() < largest_batch_)) {
    const bool is_back = !returned_.empty();
    if (!admit_one(is_back ? returned_.back() : Running{next_})) return;
    if (is_back) {
      returned_.pop_back();
    } else {
      ++next_;
    }
  }
}

// Pages for the token that each request generates next.
void Serving::make_room() {
  for (std::size_t i = 0; i < running_.size(); ++i) {
    const std::int64_t more = pages_.pages(context(running_[i]) + 1) - running_[i].pages;
    if (more == 0) continue;
    while (held_ + more > pages_.capacity() && i < running_.size()) {
      Running& last = running_.back();
      held_ -= last.pages;
      last.pages = 0;
      returned_.push_back(last);
      running_.pop_back();
      ++figures_.preemptions;
    }
    if (i == running_.size()) return;
    running_[i].pages += more;
    held_ += more;
    faults_ += more;
  }
}

void Serving::advance() {
  make_room();
  admit();
  if (running_.empty()) {
    figures_.nanoseconds = std::max(figures_.nanoseconds, requests_[next_].arrival_ns);
    return;
  }
  const bool loaded = waits();
  figures_.peak_pages = std::max(figures_.peak_pages, held_);
  figures_.peak_batch = std::max(figures_.peak_batch, running());
  StepBatch batch{running(), 0};
  for (const Running& running : running_) batch.kv_tokens += context(running) + 1;
  auto [known, is_new] = remembered_.try_emplace({batch.sequences, batch.kv_tokens}, 0);
  if (is_new) known->second = step_time_(batch);
  const std::int64_t duration = known->second + std::llround(pages_.fault_seconds(faults_) * 1e9);
  faults_ = 0;

  figures_.nanoseconds += duration;
  figures_.stepping_ns += duration;
  ++figures_.steps;
  figures_.tokens += batch.sequences;
  gaps_[duration] += batch.sequences;
  if (loaded) {
    figures_.loaded_tokens += batch.sequences;
    ++figures_.loaded_steps;
    figures_.loaded_ns += duration;
  }
  const auto ended = [&](Running& running) {
    if (++running.generated < requests_[running.request].output) return false;
    held_ -= running.pages;
    ++figures_.requests;
    return true;
  };
  std::erase_if(running_, ended);
}

std::int64_t Serving::token_gap(double part) const {
  std::int64_t tokens = 0;
  for (const auto& [duration, count] : gaps_) {
    tokens += count;
    if (static_cast<double>(tokens) >= part * static_cast<double>(figures_.tokens)) return duration;
  }
  return 0;
}

nlohmann::json Serving::state() const {
  nlohmann::json state;
  each_figure(figures_, [&](const char* name, std::int64_t value) { state["figures"][name] = value; });
  state["next"] = next_;
  state["faults"] = faults_;
  const auto list = [](const std::vector<Running>& all) {
    auto json = nlohmann::json::array();
    for (const Running& one : all) json.push_back({one.request, one.generated, one.pages});
    return json;
  };
  state["running"] = list(running_);
  state["returned"] = list(returned_);
  state["gaps"] = gaps_;
  return state;
}

void Serving::resume(const nlohmann::json& state) {
  each_figure(figures_, [&](const char* name, std::int64_t& value) { state.at("figures").at(name).get_to(value); });
  state.at("next").get_to(next_);
  state.at("faults").get_to(faults_);
  const auto read = [](const nlohmann::json& json, std::vector<Running>& all) {
    all.clear();
    for (const auto& one : json) all.push_back({one.at(0), one.at(1), one.at(2)});
  };
  read(state.at("running"), running_);
  read(state.at("returned"), returned_);
  state.at("gaps").get_to(gaps_);
  held_ = 0;
  for (const Running& running : running_) held_ += running.pages;
}

}  // namespace attnsim::sim::system
