// Makes nodes of a group's Einsums in their loops and on their units, and adds the transfers that feed and drain them.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "mapping/bind_loops.h"
#include "mapping/plan.h"
#include "mapping/scan.h"
#include "mapping/select.h"
#include "mapping/view.h"

namespace attnsim::mapping {
namespace {

using workloads::Einsum;
using workloads::TensorRef;

class Binder {
 public:
  Binder(Plan& plan, std::vector<std::string>& problems) : plan_(plan), problems_(problems) {}

  void run() {
    turns_ = bind_loops(plan_, problems_);
    for (const Einsum& einsum : plan_.cascade->einsums) {
      if (!cascade().is_first_value(einsum) && contains(plan_.group->einsums, einsum.name)) add_einsum(einsum);
    }
    for (std::size_t node = 0; node < einsum_count_; ++node) add_reads(node);
    for (Node& node : plan_.nodes) {
      if (node.kind == Node::Kind::kLoad) load_once_a_reading(node);
    }
    add_stores();
    mark_in_place(plan_);
  }

 private:
  const workloads::Cascade& cascade() const { return *plan_.cascade; }
  const Group& group() const { return *plan_.group; }

  // Loops of a rank's tiles, whatever they are called in the cascade (m, or m1 of its split).
  void add_loops_of(const std::string& rank, std::set<int>& loops) const {
    const Dim& dim = plan_.dims.at(rank);
    if (dim.loop >= 0) loops.insert(dim.loop);
    if (dim.outer_loop >= 0) loops.insert(dim.outer_loop);
  }

  bool spans_tile(const std::string& rank) const {  // "m", or the innermost part of its split
    const auto split = cascade().split.find(cascade().base_rank(rank));
    return split == cascade().split.end() || rank == split->first || rank == split->second.back();
  }
  bool spans_loop(const std::string& rank) const {  // "m", or an outer part of its split
    const auto split = cascade().split.find(cascade().base_rank(rank));
    return split == cascade().split.end() || rank != split->second.back() || split->second.size() == 1;
  }

  // Declared ranks and loops that a list of the cascade's ranks spans.
  void span(const std::vector<std::string>& ranks, bool each, std::vector<std::string>& dims,
            std::vector<int>& loops) const {
    std::set<int> found;
    for (int index = 0; index < static_cast<int>(plan_.loops.size()); ++index) {
      const std::string& name = plan_.loops[static_cast<std::size_t>(index)].name;
      if (name == "batch" || name == "head" || name == "kv_head") found.insert(index);
    }
    for (const std::string& rank : ranks) {
      const std::string base = cascade().base_rank(rank);
      if (spans_tile(rank) && !contains(dims, base)) dims.push_back(base);
      if (spans_loop(rank)) add_loops_of(base, found);
    }
    if (each && cascade().iterate) add_loops_of(cascade().base_rank(*cascade().iterate), found);
    loops.assign(found.begin(), found.end());
  }

  Guard pass_guard(int pass) const {
    if (plan_.pass_loop < 0) return {};
    return {{plan_.pass_loop, Condition::Kind::kEquals, pass}};
  }

  // Runs once for the loops that it does not iterate: before the traversals of a rank that it has no part in and waits
  // for nothing of, else when they end.
  Guard once(const std::string& einsum, const std::vector<int>& loops) const {
    Guard guard;
    const auto known = turns_.known_before.find(einsum);
    for (const int loop : not_iterated(loops)) {
      const std::string& name = plan_.loops[static_cast<std::size_t>(loop)].name;
      const bool before =
          known != turns_.known_before.end() && contains(known->second, name.substr(0, name.size() - 1));
      guard.push_back({loop, before ? Condition::Kind::kFirst : Condition::Kind::kLast, 0});
    }
    return guard;
  }

  std::vector<int> not_iterated(const std::vector<int>& loops) const {
    std::vector<int> all;
    for (int index = 0; index < static_cast<int>(plan_.loops.size()); ++index) {
      if (index != plan_.pass_loop) all.push_back(index);
    }
    return minus(all, loops);
  }

  void add_einsum(const Einsum& einsum) {
    const bool each = cascade().iterate && einsum.section == Einsum::Section::kEach;
    Node node;
    node.name = einsum.name;
    node.einsum = &einsum;
    node.unit = selects(einsum) ? kSelect : contains(group().on_2d, einsum.name) ? kArray2d : kArray1d;
    if (selects(einsum)) check_selection(plan_, node, problems_);
    check_scan(node, problems_);
    const auto pass = turns_.pass_of.find(einsum.name);
    node.pass = pass == turns_.pass_of.end() ? 0 : pass->second;
    span(einsum.iteration_ranks(), each, node.dims, node.loops);
    node.guard = join(pass_guard(node.pass), once(einsum.name, node.loops));
    for (std::size_t pair = 0; pair < group().interleave.size(); ++pair) {
      if (contains(group().interleave[pair], einsum.name)) node.interleave = static_cast<int>(pair);
    }
    Copy copy;
    copy.tensor = einsum.name;
    copy.producer = static_cast<int>(plan_.nodes.size());
    copy.state = each && einsum.output.next;
    copy.kept = contains(group().keep, einsum.name);
    span(einsum.output.ranks, each, copy.dims, copy.loops);
    node.copy = static_cast<int>(plan_.copies.size());
    made_[einsum.name] = node.copy;
    plan_.copies.push_back(copy);
    plan_.nodes.push_back(node);
    ++einsum_count_;
  }

  void add_reads(std::size_t index) {
    const Einsum& einsum = *plan_.nodes[index].einsum;
    const bool each = cascade().iterate && einsum.section == Einsum::Section::kEach;
    for (const TensorRef& input : operands_of(cascade(), einsum)) {
      const auto made = made_.find(input.tensor);
      if (made == made_.end() || (!input.indices.empty() && !is_at_hand(input))) {
        check_view(einsum, input);
        const int loaded = operand(input, plan_.nodes[index].pass);
        const std::vector<TensorRef> values = einsum.inputs();  // the rest is looked up, which takes no PE
        const bool fills =
            std::find(values.begin(), values.end(), input) != values.end() && is_stationary(index, loaded);
        read(index, fills ? filled(index, loaded) : loaded, false);
        continue;
      }
      const Copy& copy = plan_.copies[static_cast<std::size_t>(made->second)];
      const int made_in = plan_.nodes[static_cast<std::size_t>(copy.producer)].pass;
      if (contains(group().offchip, input.tensor) && plan_.nodes[index].pass > made_in) {
        read(index, operand(input, plan_.nodes[index].pass), false);
      } else {
        const bool carried = each && copy.state && !input.next;
        read(index, made->second, carried);
        if (carried) read_first_value(index, input.tensor);
      }
    }
  }

  // The first value of a carried tensor comes from memory where it is an input's.
  void read_first_value(std::size_t index, const std::string& tensor) {
    for (const TensorRef& input : first_value_inputs(tensor)) {
      read(index, operand(input, plan_.nodes[index].pass), false);
    }
  }

  std::vector<TensorRef> first_value_inputs(const std::string& tensor) const {
    for (const Einsum& einsum : cascade().einsums) {
      if (einsum.name == tensor && cascade().is_first_value(einsum)) return einsum.inputs();
    }
    return {};
  }

  void read(std::size_t node, int copy, bool carried) {
    auto& readers = plan_.copies[static_cast<std::size_t>(copy)].readers;
    const int reader = static_cast<int>(node);
    if (std::any_of(readers.begin(), readers.end(),
                    [&](const Reader& known) { return known.node == reader && known.carried == carried; })) {
      return;
    }
    readers.push_back({reader, carried});
    plan_.nodes[node].reads.push_back(copy);
  }

  // The copy that a load brings for readers of a pass; operands that stay serve every pass.
  int operand(const TensorRef& input, int pass) {
    const bool kept = contains(group().keep, input.tensor);
    const bool staged = contains(group().block, input.tensor);
    const auto key = std::make_pair(to_string(input), kept || staged ? 0 : pass);
    const auto found = operands_.find(key);
    if (found != operands_.end()) return found->second;

    Copy copy;
    copy.tensor = input.tensor;
    copy.kept = kept;
    copy.staged = staged;
    if (!input.indices.empty()) copy.view = input;
    std::vector<int> relevant;
    span(copy.view ? input.ranks : cascade().declared(input.tensor)->ranks, false, copy.dims, relevant);
    const std::vector<int> others = not_iterated(relevant);
    std::vector<int> reuse;
    if (!contains(group().stream, input.tensor)) {
      // Kept and staged tiles stay while the block reads them; others while the loops inside their own ones run.
      const int from = kept || staged ? plan_.block_begin : relevant.back() + 1;
      std::copy_if(others.begin(), others.end(), std::back_inserter(reuse), [&](int loop) { return loop >= from; });
    }
    Node load;
    load.kind = Node::Kind::kLoad;
    load.name = "load " + (copy.view ? to_string(input) : input.tensor);
    load.unit = kDram;
    load.pass = pass;
    load.dims = copy.dims;
    load.loops = minus(not_iterated({}), reuse);
    load.guard = join(pass_guard(pass), all_of(reuse, Condition::Kind::kFirst));
    load.copy = static_cast<int>(plan_.copies.size());
    copy.loops = load.loops;
    copy.producer = static_cast<int>(plan_.nodes.size());
    operands_[key] = load.copy;
    plan_.copies.push_back(copy);
    plan_.nodes.push_back(load);
    if (copy.view) add_lookups(copy, load.copy);
    return load.copy;
  }

  // Readers that run once in a loop, at its first or last turn, need their operand once in it.
  void load_once_a_reading(Node& load) {
    Copy& copy = plan_.copies[static_cast<std::size_t>(load.copy)];
    const std::vector<int> iterated = load.loops;
    for (const int loop : iterated) {
      bool first = false;
      bool everywhere = copy.readers.empty();
      for (const Reader& reader : copy.readers) {
        const Guard& guard = plan_.nodes[static_cast<std::size_t>(reader.node)].guard;
        const auto own = std::find_if(guard.begin(), guard.end(),
                                      [&](const Condition& condition) { return condition.loop == loop; });
        everywhere = everywhere || own == guard.end();
        first = first || (own != guard.end() && own->kind == Condition::Kind::kFirst);
      }
      if (everywhere) continue;
      load.loops = minus(load.loops, {loop});
      load.guard.push_back({loop, first ? Condition::Kind::kFirst : Condition::Kind::kLast, 0});
    }
    copy.loops = load.loops;
  }

  // Indices reach no further than the tile that the group makes: they go along ranks that are whole in it.
  bool is_at_hand(const TensorRef& input) const {
    const std::vector<std::string>& ranks = cascade().declared(input.tensor)->ranks;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      const bool itself =
          input.indices[i].kind == workloads::IndexExpression::Kind::kName && input.indices[i].name == ranks[i];
      if (!itself && plan_.dims.at(cascade().base_rank(ranks[i])).tiles > 1) return false;
    }
    return made_.count(input.tensor) != 0;
  }

  // Other indices reach anywhere in a tensor, so that it is complete before the group begins.
  void check_view(const Einsum& einsum, const TensorRef& input) {
    if (input.indices.empty() || made_.count(input.tensor) == 0) return;
    problems_.push_back(fmt::format(
        "breaks a dependence: {} reaches {} through an index, which needs all of {}; an earlier group must make it",
        einsum.name, to_string(input), input.tensor));
  }

  // A load that looks up where to fetch waits for what it looks up.
  void add_lookups(const Copy& view, int loaded) {
    for (const TensorRef& lookup : lookups_of(*view.view)) {
      const auto made = made_.find(lookup.tensor);
      const int pass = plan_.nodes[static_cast<std::size_t>(view.producer)].pass;
      const int found = made == made_.end() ? operand(lookup, pass) : made->second;
      const std::vector<int>& fetched = plan_.copies[static_cast<std::size_t>(loaded)].loops;
      if (view.staged || !minus(plan_.copies[static_cast<std::size_t>(found)].loops, fetched).empty()) {
        problems_.push_back(
            fmt::format("breaks a dependence: {} stays in the buffer for longer than {}, which says "
                        "where it is; leave it out of keep and block, or keep both",
                        to_string(*view.view), to_string(lookup)));
      }
      read(static_cast<std::size_t>(view.producer), found, false);
    }
  }

  std::string spatial_rank(const std::string& tile_rank) const {
    if (tile_rank.empty() || plan_.dims.count(tile_rank) != 0) return tile_rank;
    return tile_rank.substr(0, tile_rank.size() - 1);
  }

  // An operand that has a value for every PE and serves several steps is put into the PEs before they start.
  bool is_stationary(std::size_t index, int loaded) const {
    const Node& node = plan_.nodes[index];
    const std::vector<std::string>& dims = plan_.copies[static_cast<std::size_t>(loaded)].dims;
    return node.unit == kArray2d && contains(dims, spatial_rank(plan_.spatial(node).rows)) &&
           contains(dims, spatial_rank(plan_.spatial(node).columns)) && node.dims.size() > dims.size();
  }

  int filled(std::size_t index, int loaded) {
    Node fill;
    fill.kind = Node::Kind::kFill;
    const Copy source = plan_.copies[static_cast<std::size_t>(loaded)];
    fill.name = "fill " + source.tensor;
    fill.unit = kFillPort;
    fill.pass = plan_.nodes[index].pass;
    fill.dims = source.dims;
    fill.loops = source.loops;
    fill.guard = plan_.nodes[static_cast<std::size_t>(source.producer)].guard;
    Copy copy = source;
    copy.kept = copy.staged = false;
    copy.readers.clear();
    copy.producer = static_cast<int>(plan_.nodes.size());
    fill.copy = static_cast<int>(plan_.copies.size());
    plan_.copies.push_back(copy);
    plan_.nodes.push_back(fill);
    read(plan_.nodes.size() - 1, loaded, false);
    return fill.copy;
  }

  // Results leave for DRAM: the cascade's output, what another group reads, what goes off chip between passes.
  void add_stores() {
    for (std::size_t index = 0; index < einsum_count_; ++index) {
      const std::string& tensor = plan_.nodes[index].name;
      const Copy& copy = plan_.copies[static_cast<std::size_t>(plan_.nodes[index].copy)];
      std::vector<int> loops = copy.loops;
      // A carried tensor that came from memory goes back there after the last step.
      bool returns = copy.state && !first_value_inputs(tensor).empty();
      bool leaves = cascade().is_output(tensor) || contains(group().offchip, tensor);
      for (const Einsum& einsum : cascade().einsums) {
        if (contains(group().einsums, einsum.name)) continue;
        for (const TensorRef& input : cascade().reads(einsum)) leaves = leaves || input.tensor == tensor;
      }
      if (!leaves && !returns) continue;
      if (returns) loops = minus(loops, iterated_loops());
      Node store;
      store.kind = Node::Kind::kStore;
      store.name = "store " + tensor;
      store.unit = kDram;
      store.pass = plan_.nodes[index].pass;
      store.dims = copy.dims;
      store.loops = loops;
      store.guard = plan_.nodes[index].guard;  // as soon as it is made
      const std::vector<int> ends = minus(plan_.nodes[index].loops, store.loops);
      store.guard = join(store.guard, all_of(ends, Condition::Kind::kLast));
      const int made = plan_.nodes[index].copy;
      plan_.nodes.push_back(store);
      read(plan_.nodes.size() - 1, made, false);
    }
  }

  std::vector<int> iterated_loops() const {
    std::set<int> loops;
    add_loops_of(cascade().base_rank(*cascade().iterate), loops);
    return {loops.begin(), loops.end()};
  }

  Plan& plan_;
  std::vector<std::string>& problems_;
  Turns turns_;
  std::map<std::string, int> made_;
  std::map<std::pair<std::string, int>, int> operands_;
  std::size_t einsum_count_ = 0;
};

}  // namespace

Plan bind(const workloads::Cascade& cascade, const workloads::Workload& workload,
          const arch::Architecture& architecture, const Mapping& mapping, const Group& group,
          std::vector<std::string>& problems) {
  Plan plan;
  plan.cascade = &cascade;
  plan.workload = &workload;
  plan.architecture = &architecture;
  plan.mapping = &mapping;
  plan.group = &group;
  Binder(plan, problems).run();
  return plan;
}

}  // namespace attnsim::mapping
