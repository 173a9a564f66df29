// Asks the predicate for each point of a tile.
#include "rtl/bridge/tile_mask.h"

#include <algorithm>
#include <set>

#include "sim/functional/masks.h"
#include "workloads/predicate.h"

namespace attnsim::rtl {

void set_mask(const EncoderInputs& in, const mapping::Action& action, const std::vector<Span>& spans,
              PeInstruction& code) {
  const auto predicate = in.instance.cascade().predicate_of(*action.einsum);
  if (!predicate) return;
  // Masked scores are set where they are made; what is summed over them finds zeros.
  const std::set<std::string> decides = workloads::names(predicate->condition);
  const auto& cascade = in.instance.cascade();
  const bool sums = std::any_of(action.einsum->reduction->ranks.begin(), action.einsum->reduction->ranks.end(),
                                [&](const std::string& rank) { return decides.contains(cascade.base_rank(rank)); });
  if (sums) return;
  if (sim::functional::looks_up(in.instance.cascade(), *action.einsum))
    refuse(in.mapping_name, "masks that look up tensors");
  const std::vector<std::string> ranks = in.instance.cascade().whole_ranks(*action.einsum);
  const auto visits = sim::functional::visits_of(in.instance, *action.einsum, ranks, {});
  std::vector<std::int64_t> element(ranks.size(), 0);
  for (std::int64_t column = 0; column < code.columns; ++column) {
    for (std::int64_t row = 0; row < code.rows; ++row) {
      for (std::size_t i = 0; i < ranks.size(); ++i) {
        const Span* span = span_of(spans, ranks[i]);
        element[i] = span == nullptr ? 0 : span->begin;
        if (ranks[i] == action.rows) element[i] += row;
        if (ranks[i] == action.columns) element[i] += column;
        element[i] /= in.instance.sharing(ranks[i]);
      }
      const auto bit = static_cast<std::size_t>(column * in.rows + row);
      if (visits(element)) {
        code.mask[bit / 32] |= 1U << bit % 32;
      } else {
        code.masked = true;
      }
    }
  }
}

}  // namespace attnsim::rtl
