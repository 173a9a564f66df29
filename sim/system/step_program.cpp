// Builds the Program of a decode step. Layers are cut into groups of as many as there are replicas, so that every
// instruction of a group has one unit: position p of a group is slice p, the FFN of position p belongs to slice p + 1.
#include "sim/system/step_program.h"

#include <cmath>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace attnsim::sim::system {

namespace {

using mapping::Block;
using mapping::Condition;
using mapping::Guard;
using mapping::Instruction;
using mapping::Program;

constexpr int kGroupLoop = 1;

std::int64_t ticks(double seconds) { return std::llround(seconds * kTicksPerSecond); }

// The tokens of one batch at one position; -1 where the system has no such way.
struct Ways {
  int input = -1;          // to the projections
  int query = -1;          // to the network, or to attention where there is none
  int key_value = -1;      // with overlap: to the network
  int query_arrived = -1;  // to attention
  int key_value_arrived = -1;
  int attended = -1;  // to the network
  int output = -1;    // to the FFN
};

class Builder {
 public:
  Builder(const arch::System& system, std::int64_t layers, const Durations& durations,
          const std::vector<StepBatch>& batches, std::int64_t steps)
      : system_(system),
        durations_(durations),
        batches_(batches),
        positions_(static_cast<int>(system.replicas)),
        last_(static_cast<int>((layers - 1) % system.replicas)) {
    block_.name = "decode";
    block_.loops = {{"step", steps}, {"group", (layers + positions_ - 1) / positions_}};
    for (int replica = 0; replica < positions_; ++replica) add_unit(fmt::format("model {}", replica));
    if (system.attention) {
      attending_ = add_unit("attention");
      for (int replica = 0; replica < positions_; ++replica) add_unit(fmt::format("network from {}", replica));
      for (int replica = 0; replica < positions_; ++replica) add_unit(fmt::format("network to {}", replica));
    }
  }

  Program build() {
    for (int batch = 0; batch < in_flight(); ++batch) add_channels(batch);
    for (int slice = 0; slice < positions_; ++slice) {
      for (int batch = 0; batch < in_flight(); ++batch) {
        add_feed_forward(batch, slice == 0 ? positions_ - 1 : slice - 1, slice == 0 ? 1 : 0);
        add_projections(batch, slice);
      }
      for (int batch = 0; batch < in_flight(); ++batch) add_attention(batch, slice);
    }
    program_.blocks.push_back(std::move(block_));
    mapping::check_well_formed(program_);
    return std::move(program_);
  }

 private:
  int in_flight() const { return static_cast<int>(batches_.size()); }
  bool offloads() const { return system_.attention.has_value(); }
  std::int64_t sequences(int batch) const { return batches_[static_cast<std::size_t>(batch)].sequences; }

  int model(int batch, int slice) const { return (batch + slice) % positions_; }
  int network_from(int batch, int slice) const { return attending_ + 1 + model(batch, slice); }
  int network_to(int batch, int slice) const { return attending_ + 1 + positions_ + model(batch, slice); }

  // Positions that the last group lacks do nothing there.
  Guard there(int position) const { return position <= last_ ? Guard{} : when(Condition::Kind::kNotLast); }
  static Guard when(Condition::Kind kind) { return {Condition{kGroupLoop, kind}}; }

  int add_unit(std::string name) {
    program_.units.push_back({std::move(name)});
    return static_cast<int>(program_.units.size()) - 1;
  }

  int add_channel(const std::string& name, int to_unit, double latency = 0, std::int64_t tokens = 0) {
    block_.channels.push_back({name, to_unit, ticks(latency), tokens});
    return static_cast<int>(block_.channels.size()) - 1;
  }

  Instruction& add(const std::string& name, int batch, int position, int unit, double seconds, Guard guard,
                   std::int64_t lag = 0) {
    Instruction instruction;
    instruction.name = fmt::format("{} {}.{}", name, batch, position);
    instruction.unit = unit;
    instruction.lag = lag;
    instruction.guard = std::move(guard);
    instruction.work.duration = ticks(seconds);
    block_.instructions.push_back(std::move(instruction));
    return block_.instructions.back();
  }

  void add_channels(int batch) {
    auto& ways = ways_.emplace_back(static_cast<std::size_t>(positions_));
    const double latency = system_.network.message_seconds;
    for (int position = 0; position < positions_; ++position) {
      Ways& way = ways[static_cast<std::size_t>(position)];
      const auto named = [&](const char* name) { return fmt::format("{} {}.{}", name, batch, position); };
      way.input = add_channel(named("input"), model(batch, position));
      way.output = add_channel(named("output"), model(batch, position + 1), offloads() ? latency : 0);
      if (!offloads()) {
        way.query = add_channel(named("query"), attending_);
        continue;
      }
      way.query = add_channel(named("query"), network_from(batch, position));
      way.query_arrived = add_channel(named("query arrived"), attending_, latency);
      way.attended = add_channel(named("attended"), network_to(batch, position + 1));
      if (!system_.overlap) continue;
      way.key_value = add_channel(named("key and value"), network_from(batch, position));
      way.key_value_arrived = add_channel(named("key and value arrived"), attending_, latency);
    }
    tokens_.push_back(add_channel(fmt::format("token {}", batch), model(batch, 0), 0, 1));
  }

  const Ways& ways(int batch, int position) const {
    return ways_[static_cast<std::size_t>(batch)][static_cast<std::size_t>(position)];
  }

  void add_projections(int batch, int position) {
    const Ways& way = ways(batch, position);
    const int unit = model(batch, position);
    const auto rows = sequences(batch);
    const bool split = system_.overlap;
    Instruction& query = add(split ? "project Q" : "project QKV", batch, position, unit,
                             split ? durations_.query_projection(rows) : durations_.projections(rows), there(position));
    if (position == 0) {
      query.waits = {{way.input, when(Condition::Kind::kNotFirst)},
                     {tokens_[static_cast<std::size_t>(batch)], when(Condition::Kind::kFirst)}};
    } else {
      query.waits = {{way.input}};
    }
    query.posts = {{way.query}};
    if (!split) return;
    Instruction& key_value =
        add("project KV", batch, position, unit, durations_.key_value_projection(rows), there(position));
    key_value.posts = {{way.key_value}};
  }

  void add_attention(int batch, int position) {
    const Ways& way = ways(batch, position);
    const Guard guard = there(position);
    const auto rows = sequences(batch);
    const auto send = [&](const char* name, int unit, std::int64_t bytes, int from, int to) {
      Instruction& message = add(name, batch, position, unit, durations_.message_seconds(bytes), guard);
      message.waits = {{from}};
      message.posts = {{to}};
    };
    const std::int64_t key_value_bytes = durations_.key_value_bytes(rows);
    if (offloads()) {
      const int out = network_from(batch, position);
      const std::int64_t first = durations_.query_bytes(rows) + (system_.overlap ? 0 : key_value_bytes);
      send(system_.overlap ? "send Q" : "send QKV", out, first, way.query, way.query_arrived);
      if (system_.overlap) send("send KV", out, key_value_bytes, way.key_value, way.key_value_arrived);
    }
    Instruction& attention = add("attention", batch, position, attending_,
                                 durations_.attention(batches_[static_cast<std::size_t>(batch)]), guard);
    attention.waits = {{offloads() ? way.query_arrived : way.query}};
    const int done = offloads() ? way.attended : way.output;
    if (system_.overlap) {
      Instruction& merge = add("merge", batch, position, attending_, durations_.merge(), guard);
      merge.waits = {{way.key_value_arrived}};
      merge.posts = {{done}};
    } else {
      attention.posts = {{done}};
    }
    if (offloads()) {
      send("send output", network_to(batch, position + 1), durations_.output_bytes(rows), way.attended, way.output);
    }
  }

  // The FFN of a position; after that of the last layer the head and the sampling.
  void add_feed_forward(int batch, int position, std::int64_t lag) {
    const int unit = model(batch, position + 1);
    const auto rows = sequences(batch);
    Instruction& feed_forward =
        add("feed forward", batch, position, unit, durations_.feed_forward(rows), there(position), lag);
    feed_forward.waits = {{ways(batch, position).output}};
    const int next = ways(batch, (position + 1) % positions_).input;
    const bool ends = position == last_;
    feed_forward.posts = {{next, ends ? when(Condition::Kind::kNotLast) : Guard{}}};
    if (!ends) return;
    const Guard at_end = when(Condition::Kind::kLast);
    add("head", batch, position, unit, durations_.head(rows), at_end, lag);
    Instruction& sampling = add("sampling", batch, position, unit, durations_.sampling(rows), at_end, lag);
    sampling.posts = {{tokens_[static_cast<std::size_t>(batch)]}};
  }

  const arch::System& system_;
  const Durations& durations_;
  const std::vector<StepBatch>& batches_;
  int positions_ = 1;
  int last_ = 0;       // position of the last layer in its group
  int attending_ = 0;  // unit; the only replica's where nothing is offloaded
  Program program_;
  Block block_;
  std::vector<std::vector<Ways>> ways_;  // [batch][position]
  std::vector<int> tokens_;              // [batch]
};

}  // namespace

Part part_of(const Instruction& instruction) {
  const std::string kind = instruction.name.substr(0, instruction.name.find(' '));
  if (kind == "attention" || kind == "merge") return Part::kAttention;
  if (kind == "send") return Part::kNetwork;
  return kind == "sampling" ? Part::kSampling : Part::kModel;
}

Program step_program(const arch::System& system, std::int64_t layers, const Durations& durations,
                     const std::vector<StepBatch>& batches, std::int64_t steps) {
  return Builder(system, layers, durations, batches, steps).build();
}

}  // namespace attnsim::sim::system
