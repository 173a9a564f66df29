// Whether a run on data chose rightly: coordinates by topk, bits of gates.
#pragma once

#include <string>
#include <vector>

#include "sim/result.h"
#include "workloads/instance.h"
#include "workloads/interpreter.h"

namespace attnsim::sim::functional {

// The choices of a cascade, in the order in which they are made: every topk, and every map `greater(a, b)` that an
// index or a predicate looks up or that is the output. Rounding may turn a near tie of scores either way, and what
// follows then differs by more than rounding; so that is compared under the choice that was made, and the choice is
// judged by itself. Those of a loop's steps, which one tensor holds after another, are not among them.
std::vector<std::string> choices(const workloads::Cascade& cascade);

// Judges one choice of a cascade in all heads.
//
// A row of a topk (its coordinates at one point of its other ranks, in any order) is right if it holds as many
// different candidates as there are, up to its length, and -1 in the rest, and if no candidate that it leaves out
// scores more than one that it holds by more than the tolerance. Candidates are the points that the Einsum visits. A
// bit of a gate is right if it is 1 where a - b > -tolerance, or 0 where a - b <= tolerance: the same with a - b as
// score, against 0.
//
// Scores are exact: those of double precision, under the choices made before. The tolerance is twice what the
// arithmetic costs, the largest difference between them and scores in the PEs' arithmetic under the same choices; at
// least 2^-16 of the largest score, as a mapping may add up in another order.
class Selection {
 public:
  // The tensor of choices() that is judged, and the arithmetic of its Einsum's unit. Keeps references.
  Selection(const workloads::Instance& instance, const std::string& name, const workloads::Arithmetic& arithmetic);

  const std::string& name() const { return einsum_.name; }

  // Takes one head's choice, over parts, and what the cascade gives under it in double precision and in the PEs'
  // arithmetic: results of workloads::interpret.
  void add(const workloads::Tensor& chosen, const workloads::Tensors& exact, const workloads::Tensors& rounded);

  // The error is the largest lead of what was left out, infinite where a row is no choice at all.
  SelectionCheck result() const;

 private:
  workloads::Tensor scores(const workloads::Tensors& tensors, const workloads::Arithmetic& arithmetic) const;
  double lead_in_rows(const workloads::Tensor& chosen, const workloads::Tensor& scores) const;
  double lead_of_bits(const workloads::Tensor& bits, const workloads::Tensor& scores) const;

  const workloads::Instance& instance_;
  const workloads::Einsum& einsum_;
  const workloads::Arithmetic& arithmetic_;
  workloads::Einsum score_;  // makes the scores
  bool is_topk_ = false;
  double error_ = 0;
  double largest_ = 0;
  double of_arithmetic_ = 0;
};

}  // namespace attnsim::sim::functional
