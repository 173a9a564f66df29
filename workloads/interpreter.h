// What a cascade computes: every Einsum in turn, over all of its points.
#pragma once

#include <functional>

#include "workloads/evaluator.h"
#include "workloads/instance.h"

namespace attnsim::workloads {

// The points of an Einsum that are visited, in place of what the cascade's predicates say; an empty Visits stands for
// all of them. It gets the evaluator's ranks().
using VisitsOf = std::function<Visits(const Einsum&, const std::vector<std::string>& ranks)>;

// Evaluates a cascade for one head of one element of the batch. `inputs` have the cascade's input tensors and metadata
// over their declared ranks. They may also hold tensors that Einsums make, over parts, as a result has them: these are
// taken as they are, and their Einsums are not evaluated. The result holds every tensor, over parts (Instance::merge
// takes them together): carried ones with their last value, those of one step with that of the last step. What no point
// gave a value is NaN. Throws std::invalid_argument for a missing input or a tensor of other ranks or extents.
Tensors interpret(const Instance& instance, const Tensors& inputs, const Arithmetic& arithmetic,
                  const VisitsOf& visits_of = {});

// The same with an arithmetic for each Einsum.
using ArithmeticOf = std::function<const Arithmetic&(const Einsum&)>;
Tensors interpret(const Instance& instance, const Tensors& inputs, const ArithmeticOf& arithmetic_of,
                  const VisitsOf& visits_of = {});

}  // namespace attnsim::workloads
