// Where the values of a plan live, how many tiles of them stay at once, and whether that fits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mapping/plan.h"

namespace attnsim::mapping {

// The two operands that pass through a PE or lane take registers of their own.
inline constexpr std::int64_t kOperandRegisters = 2;

// Chooses the place of every copy from who makes and who reads it.
void place_copies(Plan& plan);

// Tiles of a copy that its block reads again, so that they must stay together; 1 where a tile is used at once.
std::int64_t live_tiles(const Plan& plan, const Copy& copy);

// Bytes of so many elements of a tensor as it is stored.
std::int64_t stored_bytes(const Plan& plan, const std::string& tensor, std::int64_t elements);
std::int64_t tile_bytes(const Plan& plan, const Copy& copy, const std::vector<std::string>& tails = {});

// Registers that one tile takes in a PE of the array or a lane that holds it.
std::int64_t tile_registers(const Plan& plan, const Copy& copy);

// Registers that a PE needs for results that grow in it before they leave, those of tiles that take turns together.
std::int64_t sum_registers(const Plan& plan, const Copy& copy);

// Tiles of a copy that the plan reserves in the buffer: the live ones, one more where a load runs ahead, twice a block
// where it is staged, two where a tile is handed on.
std::int64_t reserved_tiles(const Plan& plan, const Copy& copy);

// Buffer bytes that the plan reserves.
std::int64_t buffer_demand(const Plan& plan);

// The group with every tile size a number: `all`, and the largest block or tile that fits in the buffer.
// Nayak et al., FuseMax, Section V: P1 is the largest divisor of the tile count that fits. Where the count has no
// divisor of at least half of what fits, blocks of equal size and a shorter last one take its place.
Group resolve_sizes(const workloads::Cascade& cascade, const workloads::Workload& workload,
                    const arch::Architecture& architecture, const Mapping& mapping, const Group& group);

// Whether a 2D Einsum reduces over rows, so that what it sums over loops grows outside the array.
bool sums_in_buffer(const Plan& plan, const Node& node);

// The last copy of the chain of in-place maps that starts at `copy`.
int chain_end(const Plan& plan, int copy);

}  // namespace attnsim::mapping
