// What masks look up. Tensors that the cascade makes, or that come as metadata, decide which tiles a Program visits; so
// they are known before it is made, from data or as a stated density.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "workloads/cascade.h"
#include "workloads/predicate.h"
#include "workloads/workload.h"

namespace attnsim::mapping {

struct MaskTables {
  // By tensor: one table for every head of every sequence, or one for each, the heads of a sequence next to each other.
  std::map<std::string, std::vector<workloads::Table>> of;

  bool differ() const;  // from head to head
  // What a head of the batch sees.
  std::map<std::string, workloads::Table> at(std::size_t head) const;
};

// The tables for a workload of one length; asked once for each length of a batch.
using MaskSource = std::function<MaskTables(const workloads::Workload&)>;

// The tensors that a cascade's own predicate looks up; those among them that Einsums make.
std::set<std::string> mask_tensors(const workloads::Cascade& cascade);
std::set<std::string> made_masks(const workloads::Cascade& cascade);

// Tables of which a part of `density` is selected, from 0 to 1: of the elements that their Einsum computes, so many, to
// the nearest whole number, drawn with the seed. All heads see the same. Throws InputError for a cascade without such a
// mask, and for a mask that asks anything else of a table than whether it is a number.
MaskSource masks_of_density(const workloads::Cascade& cascade, double density, std::uint64_t seed);

}  // namespace attnsim::mapping
