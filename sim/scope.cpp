// Joins the Programs of attention and matrix products into one.
#include "sim/scope.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "common/error.h"
#include "mapping/interleave.h"
#include "mapping/lower.h"
#include "sim/actions.h"
#include "sim/bound.h"
#include "sim/engine.h"
#include "workloads/linear_layers.h"

namespace attnsim::sim {
namespace {

const std::vector<std::string>& names() {
  static const std::vector<std::string> list = {"attention", "layer", "model"};
  return list;
}

// A product's instructions carry the product's name: all products have the same cascade.
void rename(const std::string& name, mapping::Block& block) {
  block.name = name;
  for (mapping::Instruction& instruction : block.instructions) {
    if (instruction.einsum.empty()) {
      instruction.name += " of " + name;
    } else {
      instruction.name = instruction.einsum = name;
    }
  }
}

// Two products that follow one another, as one Program; nothing where their loops do not allow it.
std::optional<mapping::Program> interleave(mapping::Program first, const mapping::Program& second) {
  if (first.blocks.size() != 1 || second.blocks.size() != 1) return std::nullopt;
  auto block = mapping::interleave(first.blocks.front(), second.blocks.front(), "t1");
  if (!block) return std::nullopt;
  if (second.units.size() > first.units.size()) first.units = second.units;
  first.blocks.front() = std::move(*block);
  return first;
}

// Whether `both` takes less time than the two after one another; not where one unit is the bottleneck of either.
bool is_faster(const mapping::Program& both, const mapping::Program& first, const mapping::Program& second) {
  const auto bound = [](const mapping::Program& program) {
    return lower_bound(program, count_actions(program)).lower_bound_cycles;
  };
  return bound(both) < bound(first) + bound(second) &&
         run_fast(both).cycles < run_fast(first).cycles + run_fast(second).cycles;
}

// A matrix product, or two, and the mapping of it.
struct Product {
  mapping::Program program;
  std::string mapping;
};

// Lowers matrix products, each by the fastest of the mappings that run it.
class Products {
 public:
  Products(const arch::Architecture& architecture, const workloads::Cascade& linear, const std::string& mapping,
           const std::vector<common::Override>& overrides)
      : architecture_(architecture), linear_(linear), overrides_(overrides) {
    if (mapping == kAutoLinearMapping) {
      candidates_ = {"output-stationary", "output-stationary-blocked"};
    } else {
      candidates_ = {mapping};
    }
  }

  // Throws common::InputError, that of the first mapping, where none runs it.
  Product lower(const workloads::LinearLayer& layer) const {
    std::optional<Product> best;
    std::exception_ptr first_error;
    for (const std::string& candidate : candidates_) {
      try {
        auto program = lower_by(candidate, layer, {});
        if (!best || run_fast(program).cycles < run_fast(best->program).cycles) best = {std::move(program), candidate};
      } catch (const common::InputError&) {
        if (!first_error) first_error = std::current_exception();
      }
    }
    if (!best) std::rethrow_exception(first_error);
    return std::move(*best);
  }

  // Two products token tile by token tile, each in half the buffer, where that is faster than one after the other.
  std::optional<Product> lower_together(const workloads::LinearLayer& first,
                                        const workloads::LinearLayer& second) const {
    const std::string half = std::to_string(architecture_.buffer.bytes / 2);
    try {
      const common::Override limit{"buffer_bytes", half, "half the buffer"};
      auto both = interleave(lower_by(candidates_.front(), first, limit), lower_by(candidates_.front(), second, limit));
      if (both && is_faster(*both, lower(first).program, lower(second).program))
        return Product{std::move(*both), candidates_.front()};
    } catch (const common::InputError&) {  // half the buffer is too little for one of them
    }
    return std::nullopt;
  }

 private:
  mapping::Program lower_by(const std::string& mapping_file, const workloads::LinearLayer& layer,
                            const std::optional<common::Override>& limit) const {
    auto overrides = overrides_;
    if (limit) overrides.push_back(*limit);
    const auto mapping = mapping::read_mapping(mapping_file, linear_, layer.workload, architecture_, overrides);
    mapping::Program program = mapping::lower(linear_, layer.workload, architecture_, mapping);
    for (mapping::Block& block : program.blocks) rename(layer.name, block);
    return program;
  }

  const arch::Architecture& architecture_;
  const workloads::Cascade& linear_;
  const std::vector<common::Override>& overrides_;
  std::vector<std::string> candidates_;
};

class Joiner {
 public:
  void add(const std::string& name, Product product) {
    mapping::Program& program = product.program;
    parts_.push_back({name, joined_.blocks.size(), program.blocks.size(), std::move(product.mapping)});
    std::vector<int> position;
    for (const mapping::Unit& unit : program.units) position.push_back(position_of(unit));
    for (mapping::Block& block : program.blocks) {
      mapping::renumber_units(block, position);
      joined_.blocks.push_back(std::move(block));
    }
  }
  // All blocks that no section has yet.
  void close_section(std::int64_t times) {
    const std::size_t first =
        joined_.sections.empty() ? 0 : joined_.sections.back().first + joined_.sections.back().count;
    joined_.sections.push_back({first, joined_.blocks.size() - first, times});
  }
  ScopedProgram take() { return {std::move(joined_), std::move(parts_)}; }

 private:
  // Programs list the units that they use.
  int position_of(const mapping::Unit& unit) {
    auto& units = joined_.units;
    auto at = std::find_if(units.begin(), units.end(), [&](const auto& known) { return known.name == unit.name; });
    if (at == units.end()) at = units.insert(units.end(), unit);
    return static_cast<int>(at - units.begin());
  }

  mapping::Program joined_;
  std::vector<Part> parts_;
};

}  // namespace

std::string scope_name(Scope scope) { return names().at(static_cast<std::size_t>(scope)); }

Scope scope_of(const std::string& name) {
  for (std::size_t i = 0; i < names().size(); ++i) {
    if (names()[i] == name) return static_cast<Scope>(i);
  }
  throw common::UsageError("--scope: " + common::unknown_name("scope", name, names()));
}

ScopedProgram with_linear_parts(Scope scope, std::vector<LayerAttention> attentions,
                                const arch::Architecture& architecture, const workloads::Cascade& linear,
                                const std::string& mapping_file, const std::vector<common::Override>& overrides) {
  Joiner joiner;
  const Products products(architecture, linear, mapping_file, overrides);
  for (LayerAttention& own : attentions) {
    const std::string prefix = own.name.empty() ? "" : own.name + " ";
    const auto add_product = [&](const workloads::LinearLayer& layer) {
      joiner.add(prefix + layer.name, products.lower(layer));
    };
    if (scope == Scope::kAttention) {
      joiner.add(prefix + "attention", {std::move(own.program), ""});
      if (attentions.size() > 1 || own.times > 1) joiner.close_section(own.times);
      continue;
    }
    const workloads::LayerProducts layers = workloads::layer_products(own.workload);
    for (const auto& layer : layers.before_attention) add_product(layer);
    joiner.add(prefix + "attention", {std::move(own.program), ""});
    auto next = layers.after_attention.begin();
    // The output projection may be short of DRAM where the FFN is short of PEs.
    if (auto both = products.lower_together(next[0], next[1])) {
      joiner.add(prefix + next[0].name + ", " + next[1].name, std::move(*both));
      next += 2;
    }
    for (; next != layers.after_attention.end(); ++next) add_product(*next);
    joiner.close_section(own.times);
  }
  if (scope == Scope::kModel) {
    const workloads::LinearLayer head = workloads::output_head(attentions.back().workload);
    joiner.add(head.name, products.lower(head));
    joiner.close_section(1);
  }
  return joiner.take();
}

}  // namespace attnsim::sim
