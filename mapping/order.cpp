// Builds the schedule graph of each pass, schedules it, and derives lags, issue order and tiles in flight.
#include "mapping/order.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <stdexcept>

#include "mapping/cost.h"
#include "mapping/storage.h"

namespace attnsim::mapping {
namespace {

constexpr std::int64_t kLongestInterval = std::int64_t{1} << 40;

const Copy& copy_at(const Plan& plan, int index) { return plan.copies[static_cast<std::size_t>(index)]; }
const Node& node_at(const Plan& plan, int index) { return plan.nodes[static_cast<std::size_t>(index)]; }

// Whether a staged block stays for several passes: then it is fetched a block ahead.
bool stays_for_passes(const Plan& plan, const Copy& copy) {
  const int index = static_cast<int>(&copy - plan.copies.data());
  const auto& readers = copy_at(plan, chain_end(plan, index)).readers;
  return copy.staged && std::any_of(readers.begin(), readers.end(), [&](const Reader& reader) {
           return node_at(plan, reader.node).pass > node_at(plan, copy.producer).pass;
         });
}

// One pass's nodes, interleaved ones merged, as the scheduler takes them.
class PassGraph {
 public:
  PassGraph(const Plan& plan, const std::vector<Work>& works, int pass) : plan_(plan), works_(works) {
    std::map<int, int> merged;
    for (int index = 0; index < static_cast<int>(plan.nodes.size()); ++index) {
      const Node& node = node_at(plan, index);
      if (node.pass != pass) continue;
      const auto found = node.interleave < 0 ? merged.end() : merged.find(node.interleave);
      if (found != merged.end()) {
        members_[static_cast<std::size_t>(found->second)].push_back(index);
      } else {
        if (node.interleave >= 0) merged[node.interleave] = static_cast<int>(members_.size());
        members_.push_back({index});
      }
    }
    for (std::size_t group = 0; group < members_.size(); ++group) {
      ScheduleNode schedule_node;
      const Node& first = node_at(plan, members_[group].front());
      schedule_node.unit = first.unit;
      schedule_node.frequency = frequency(plan, first);
      // A gather waits for what it looks up, so that it comes in order like what computes.
      schedule_node.late = first.kind == Node::Kind::kLoad && first.reads.empty();
      for (const int member : members_[group]) {
        group_of_[member] = static_cast<int>(group);
        offset_[member] = schedule_node.duration;
        schedule_node.duration += cycles(member);
      }
      nodes_.push_back(schedule_node);
    }
    add_value_edges();
    add_reuse_edges();
    if (plan.group->barrier) {
      for (const int sink : tile_sinks(plan)) {
        for (const int source : tile_sources(plan)) add(sink, source, cycles(sink), 1);
      }
    }
  }

  void schedule(Order& order, int pass, std::int64_t least_interval) const {
    const Schedule found = modulo_schedule(nodes_, edges_, least_interval);
    order.interval[static_cast<std::size_t>(pass)] = found.interval;
    for (const auto& [node, group] : group_of_) {
      order.start[static_cast<std::size_t>(node)] = found.start[static_cast<std::size_t>(group)] + offset_.at(node);
      order.lag[static_cast<std::size_t>(node)] = found.stage(static_cast<std::size_t>(group));
      order.position[static_cast<std::size_t>(node)] =
          found.position(static_cast<std::size_t>(group)) + offset_.at(node);
    }
  }

 private:
  std::int64_t cycles(int node) const { return works_[static_cast<std::size_t>(node)].duration; }

  void add(int from, int to, std::int64_t delay, std::int64_t distance) {
    const auto a = group_of_.find(from);
    const auto b = group_of_.find(to);
    if (a == group_of_.end() || b == group_of_.end()) return;
    if (a->second == b->second && distance == 0) return;
    edges_.push_back({a->second, b->second, offset_[from] + delay - offset_[to], distance});
  }

  std::int64_t busy_in(int unit, int pass) const {
    std::int64_t busy = 0;
    for (int index = 0; index < static_cast<int>(plan_.nodes.size()); ++index) {
      const Node& node = node_at(plan_, index);
      if (node.unit == unit && node.pass == pass && frequency(plan_, node) >= 1) busy += cycles(index);
    }
    return busy;
  }

  // A unit that falls behind the bottleneck in one pass, though not over all of them, starts that pass early enough.
  std::int64_t head_start(const Node& consumer) const {
    std::vector<std::int64_t> total(kUnits, 0);
    std::int64_t slowest = 0;
    for (int unit = kDram; unit < kUnits; ++unit) {
      for (int pass = 0; pass < plan_.passes; ++pass) total[static_cast<std::size_t>(unit)] += busy_in(unit, pass);
      slowest = std::max(slowest, busy_in(unit, consumer.pass));
    }
    const auto unit = static_cast<std::size_t>(consumer.unit);
    if (plan_.passes == 1 || total[unit] < *std::max_element(total.begin(), total.end())) return 0;
    return (slowest - busy_in(consumer.unit, consumer.pass)) * plan_.inner_points(plan_.pass_loop + 1);
  }

  // Where one pass hands over to the next, a unit works for both: the most that another pass takes of it for a tile.
  std::int64_t neighbour_cycles(int unit, int own_pass) const {
    std::int64_t most = 0;
    for (int pass = 0; pass < plan_.passes; ++pass) {
      if (pass != own_pass) most = std::max(most, busy_in(unit, pass));
    }
    return most;
  }

  // A reader waits for the value; a state's last value of a block is read before the next block overwrites it.
  void add_value_edges() {
    for (const Copy& copy : plan_.copies) {
      for (const Reader& reader : copy.readers) {
        const Node& producer = node_at(plan_, copy.producer);
        const Node& consumer = node_at(plan_, reader.node);
        const std::int64_t streamed = stream_offset(plan_, producer, cycles(copy.producer), cycles(reader.node));
        const std::int64_t ready = streamed == Post::kAtEnd ? cycles(copy.producer) : streamed;
        const bool alone = producer.unit == consumer.unit || stays_for_passes(plan_, copy);
        const std::int64_t shared = alone ? 0 : neighbour_cycles(producer.unit, producer.pass) + head_start(consumer);
        add(copy.producer, reader.node, ready + latency(plan_, producer, consumer) + shared,
            reader.carried ? plan_.carried_distance(producer, consumer) : 0);
        // A state has the place of the step before and its own: what reads the former does so before the next step
        // makes its own. Otherwise, between arrays, slots keep it from being overwritten too early.
        if (copy.state && (reader.carried || producer.unit == consumer.unit))
          add(reader.node, copy.producer, cycles(reader.node), plan_.carried_distance(consumer, producer));
      }
    }
  }

  // A tile's place is free again when its last reader is through: look_ahead caps the tiles between.
  void add_reuse_edges() {
    if (!plan_.group->look_ahead) return;
    for (const Copy& copy : plan_.copies) {
      const Node& producer = node_at(plan_, copy.producer);
      if (producer.kind != Node::Kind::kEinsum || copy.in_place_of >= 0 || copy.state || copy.dims.size() < 2) continue;
      const int index = static_cast<int>(&copy - plan_.copies.data());
      for (const Reader& reader : copy_at(plan_, chain_end(plan_, index)).readers) {
        add(reader.node, copy.producer, cycles(reader.node), *plan_.group->look_ahead + 1);
      }
    }
  }

  const Plan& plan_;
  const std::vector<Work>& works_;
  std::vector<std::vector<int>> members_;
  std::map<int, int> group_of_;
  std::map<int, std::int64_t> offset_;
  std::vector<ScheduleNode> nodes_;
  std::vector<ScheduleEdge> edges_;
};

// Delays later passes until nothing in them comes before what it reads.
void join_passes(const Plan& plan, Order& order) {
  for (int pass = 1; pass < plan.passes; ++pass) {
    std::int64_t delay = 0;
    const auto after = [&](int first, int second) {
      if (node_at(plan, second).pass != pass || node_at(plan, first).pass >= pass) return;
      delay = std::max(delay, order.lag[static_cast<std::size_t>(first)] - order.lag[static_cast<std::size_t>(second)]);
    };
    for (const Copy& copy : plan.copies) {
      for (const Reader& reader : copy.readers) after(copy.producer, reader.node);
    }
    for (int store = 0; store < static_cast<int>(plan.nodes.size()); ++store) {
      if (node_at(plan, store).kind != Node::Kind::kStore) continue;
      for (int load = 0; load < static_cast<int>(plan.nodes.size()); ++load) {
        if (node_at(plan, load).kind == Node::Kind::kLoad &&
            copy_at(plan, node_at(plan, load).copy).tensor ==
                copy_at(plan, node_at(plan, store).reads.front()).tensor) {
          after(store, load);
        }
      }
    }
    for (std::size_t node = 0; node < plan.nodes.size(); ++node) {
      if (plan.nodes[node].pass == pass) order.lag[node] += delay;
    }
  }
}

// Whether a carried value of one pass comes before the next step's readers in another pass, and those that read it in
// its own step before it is made again. Within a pass, edges see to that.
bool steps_in_order(const Plan& plan, const Order& order) {
  const std::int64_t tiles = plan.inner_points(plan.pass_loop + 1);
  const auto epoch = [&](int node) {
    return order.lag[static_cast<std::size_t>(node)] + node_at(plan, node).pass * tiles;
  };
  // The later pass goes first within an epoch.
  const auto precedes = [&](int first, int second) {
    const std::int64_t next = epoch(second) + plan.carried_distance();
    return epoch(first) < next || (epoch(first) == next && node_at(plan, first).pass > node_at(plan, second).pass);
  };
  for (const Copy& copy : plan.copies) {
    if (!copy.state) continue;
    for (const Reader& reader : copy.readers) {
      if (node_at(plan, reader.node).pass == node_at(plan, copy.producer).pass) continue;
      const bool holds = reader.carried ? precedes(copy.producer, reader.node) : precedes(reader.node, copy.producer);
      if (!holds) return false;
    }
  }
  return true;
}

// Blocks that stay for several passes are fetched while the block before is worked on: everything but their loads runs
// a block later, less the pass in which the loads take place.
void stage_blocks(const Plan& plan, Order& order) {
  std::vector<bool> early(plan.nodes.size(), false);
  for (const Copy& copy : plan.copies) {
    if (stays_for_passes(plan, copy)) early[static_cast<std::size_t>(copy.producer)] = true;
  }
  if (std::none_of(early.begin(), early.end(), [](bool value) { return value; })) return;
  const std::int64_t shift = (plan.passes - 1) * plan.inner_points(plan.pass_loop + 1);
  for (std::size_t node = 0; node < plan.nodes.size(); ++node) {
    if (!early[node]) order.lag[node] += shift;
  }
}

// Operands that stay for a block are fetched in a burst where it begins. Where the DRAM cannot keep up with the burst,
// all loads lead the rest by so many tiles that it can, as far as the buffer has room.
void lead_bursts(const Plan& plan, const std::vector<Work>& works, Order& order) {
  if (plan.passes > 1 || plan.group->spill || plan.group->barrier) return;
  double burst = 0;
  std::int64_t tiles = 0;
  for (std::size_t node = 0; node < plan.nodes.size(); ++node) {
    const Node& transfer = plan.nodes[node];
    if (transfer.unit != kDram) continue;
    const std::int64_t live = transfer.copy < 0 ? 1 : live_tiles(plan, copy_at(plan, transfer.copy));
    tiles = std::max(tiles, live);
    burst += static_cast<double>(works[node].duration) * (live > 1 ? 1 : frequency(plan, transfer));
  }
  const std::int64_t interval = order.interval.front();
  const double behind = burst / static_cast<double>(interval) - 1;
  if (tiles < 2 || behind <= 0) return;
  // A gather of what the group itself looks up cannot lead what makes that.
  const auto leads = [&](const Node& node) {
    return node.kind == Node::Kind::kLoad && std::all_of(node.reads.begin(), node.reads.end(), [&](int copy) {
             return node_at(plan, copy_at(plan, copy).producer).kind == Node::Kind::kLoad;
           });
  };
  for (auto lead = static_cast<std::int64_t>(static_cast<double>(tiles) * behind) + 1; lead > 0; lead /= 2) {
    Order trial = order;
    for (std::size_t node = 0; node < plan.nodes.size(); ++node) {
      if (!leads(plan.nodes[node])) trial.lag[node] += lead;
    }
    if (bytes_in_flight(plan, trial) > plan.limit_bytes()) continue;
    order = trial;
    return;
  }
}

}  // namespace

double frequency(const Plan& plan, const Node& node) {
  double runs = 1;
  for (const Condition& condition : node.guard) {
    if (condition.loop == plan.pass_loop) continue;
    runs /= static_cast<double>(plan.loops[static_cast<std::size_t>(condition.loop)].extent);
  }
  return runs;
}

std::vector<int> tile_sinks(const Plan& plan) {
  std::vector<int> sinks;
  for (int index = 0; index < static_cast<int>(plan.nodes.size()); ++index) {
    const Node& node = node_at(plan, index);
    if (node.kind != Node::Kind::kEinsum || frequency(plan, node) < 1) continue;
    const Copy& made = copy_at(plan, node.copy);
    const bool read_in_tile = std::any_of(made.readers.begin(), made.readers.end(), [&](const Reader& reader) {
      const Node& other = node_at(plan, reader.node);
      return !reader.carried && other.kind == Node::Kind::kEinsum && frequency(plan, other) >= 1;
    });
    if (!read_in_tile) sinks.push_back(index);
  }
  return sinks;
}

std::vector<int> tile_sources(const Plan& plan) {
  std::vector<int> sources;
  for (int index = 0; index < static_cast<int>(plan.nodes.size()); ++index) {
    const Node& node = node_at(plan, index);
    const bool computes = node.kind == Node::Kind::kEinsum || node.kind == Node::Kind::kFill;
    if (!computes || frequency(plan, node) < 1) continue;
    const bool reads_tile = std::any_of(node.reads.begin(), node.reads.end(), [&](int copy) {
      return node_at(plan, copy_at(plan, copy).producer).kind != Node::Kind::kLoad;
    });
    if (!reads_tile) sources.push_back(index);
  }
  return sources;
}

bool Order::before(const Plan& plan, int a, int b) const {
  const int pass_a = plan.nodes[static_cast<std::size_t>(a)].pass;
  const int pass_b = plan.nodes[static_cast<std::size_t>(b)].pass;
  if (pass_a != pass_b) return pass_a < pass_b;
  return start[static_cast<std::size_t>(a)] < start[static_cast<std::size_t>(b)];
}

Order order_nodes(const Plan& plan, const std::vector<Work>& works) {
  Order order;
  order.lag.resize(plan.nodes.size());
  order.start.resize(plan.nodes.size());
  order.position.resize(plan.nodes.size());
  order.interval.resize(static_cast<std::size_t>(plan.passes), 1);
  // Where one step waits for the one before across passes, fewer tiles can be in flight: a longer interval.
  for (std::int64_t least = 1;; least *= 2) {
    for (int pass = 0; pass < plan.passes; ++pass) PassGraph(plan, works, pass).schedule(order, pass, least);
    join_passes(plan, order);
    if (plan.passes == 1 || steps_in_order(plan, order)) break;
    if (least > kLongestInterval) throw std::logic_error("no order of passes keeps the steps apart");
  }
  stage_blocks(plan, order);
  lead_bursts(plan, works, order);
  order.sequence.resize(plan.nodes.size());
  std::iota(order.sequence.begin(), order.sequence.end(), 0);
  // Within an epoch a later pass goes first: it frees what the next block's first pass takes.
  std::stable_sort(order.sequence.begin(), order.sequence.end(), [&](int a, int b) {
    const int pass_a = node_at(plan, a).pass;
    const int pass_b = node_at(plan, b).pass;
    if (pass_a != pass_b) return pass_a > pass_b;
    return order.position[static_cast<std::size_t>(a)] < order.position[static_cast<std::size_t>(b)];
  });
  return order;
}

}  // namespace attnsim::mapping
