// What one execution of a node costs on its unit: the shape rules of the lowering (mapping/README.md, "Costs").
#pragma once

#include <string>
#include <vector>

#include "mapping/plan.h"

namespace attnsim::mapping {

// The work of a node at a full tile, or where the named ranks are at their last, part-filled tile. Appends to
// `problems` what the unit lacks for it.
Work work_of(const Plan& plan, const Node& node, const std::vector<std::string>& tails,
             std::vector<std::string>& problems);

// Adds what it takes to set the masked points of a tile to the identity: a compare-select for each element.
void add_masking(const Plan& plan, const Node& node, const std::vector<std::string>& tails, Work& work);

// Cycles from a node's end (or post) until its result is where a reader on `unit` can take it.
std::int64_t latency(const Plan& plan, const Node& producer, const Node& reader);

// Cycles after its start at which a streamed result may be taken by a reader; Post::kAtEnd if it is not streamed.
std::int64_t stream_offset(const Plan& plan, const Node& producer, std::int64_t producer_cycles,
                           std::int64_t reader_cycles);

// Whether a node takes a copy element by element from the register of the node that it is interleaved with.
bool reads_register(const Plan& plan, const Node& node, const Copy& copy);

// Whether an Einsum adds up over loops that its result lacks.
bool is_sum_over_loops(const Plan& plan, const Node& node);

// A sum of products on the 2D array.
bool is_tensor_product(const Node& node);

// The declared rank behind a tile rank ("m0" -> "m"), and the ranks that the lanes spread over.
std::string declared_rank(const Plan& plan, const std::string& tile_rank);
std::vector<std::string> lane_ranks(const Plan& plan, const Node& node);

}  // namespace attnsim::mapping
